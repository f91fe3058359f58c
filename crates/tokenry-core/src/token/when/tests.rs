//! The grammar: input and what it resolves to, every refusal, daylight saving, and what holds for all input.

use proptest::prelude::*;

use super::*;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

/// What `text` means at `now`, read in `zone_name`.
fn at(now: &str, zone_name: &str, text: &str) -> String {
    let zone = zone(zone_name);
    let now = now.parse().unwrap();
    let instant = When::parse(text).unwrap().resolve(now, &zone).unwrap();
    let local = instant.unwrap().to_zoned(zone);
    format!("{}{}", local.datetime(), local.offset())
}

fn table(now: &str, zone_name: &str, texts: &[&str]) -> String {
    let line = |text: &&str| format!("{text} = {}", at(now, zone_name, text));
    texts.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn refusals(texts: &[&str]) -> String {
    let line = |text: &&str| When::parse(text).unwrap_err().to_string();
    texts.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Paragraph 7.4.
#[test]
fn the_vectors_of_the_specification() {
    let vectors = [
        ("now", 1_548_412_245),
        ("+0d", 1_548_412_245),
        ("+30s", 1_548_412_275),
        ("+90m", 1_548_417_645),
        ("+2h@h", 1_548_417_600),
        ("+10d", 1_549_276_245),
        ("+10d@d", 1_549_238_400),
        ("+15d+5h@h", 1_549_724_400),
        ("+15d@d+5h", 1_549_688_400),
        ("+55d@d+2h@h", 1_553_133_600),
        ("+90d@d", 1_556_150_400),
        ("+d", 1_548_498_645),
        ("+1w@w1", 1_548_633_600),
        ("+1mon@mon", 1_548_979_200),
        ("+1q@q", 1_554_076_800),
        ("+1y", 1_579_948_245),
    ];
    let now = "2019-01-25T10:30:45Z".parse().unwrap();
    for (text, epoch) in vectors {
        let instant = When::parse(text).unwrap().resolve(now, &TimeZone::UTC);
        assert_eq!(instant.unwrap().unwrap().as_second(), epoch, "{text}");
    }
}

/// Paragraph 7.4: 10 March 2019 has no 02:00 to 03:00 in New York.
#[test]
fn the_daylight_saving_vectors_of_the_specification() {
    let now = Timestamp::from_second(1_552_150_800).unwrap();
    let vectors = [
        ("+1d", 1_552_233_600),
        ("+24h", 1_552_237_200),
        ("+1d@d", 1_552_194_000),
        ("+10d@d", 1_552_968_000),
    ];
    for (text, epoch) in vectors {
        let instant = When::parse(text)
            .unwrap()
            .resolve(now, &zone("America/New_York"));
        assert_eq!(instant.unwrap().unwrap().as_second(), epoch, "{text}");
    }
}

#[test]
fn every_unit_rounds_down_in_local_time() {
    let snaps = ["@s", "@m", "@h", "@d", "@w", "@mon", "@q", "@y"];
    // Kolkata is five and a half hours ahead: its hours begin on the half hour of UTC.
    insta::assert_snapshot!(table("2019-06-19T20:10:45.9Z", "Asia/Kolkata", &snaps), @r"
    @s = 2019-06-20T01:40:45+05:30
    @m = 2019-06-20T01:40:00+05:30
    @h = 2019-06-20T01:00:00+05:30
    @d = 2019-06-20T00:00:00+05:30
    @w = 2019-06-16T00:00:00+05:30
    @mon = 2019-06-01T00:00:00+05:30
    @q = 2019-04-01T00:00:00+05:30
    @y = 2019-01-01T00:00:00+05:30
    ");
}

#[test]
fn a_weekday_is_the_last_one_and_may_be_today() {
    let snaps = ["@w0", "@w1", "@w2", "@w3", "@w4", "@w5", "@w6", "@w7"];
    // A Friday.
    insta::assert_snapshot!(table("2019-01-25T10:30:45Z", "UTC", &snaps), @r"
    @w0 = 2019-01-20T00:00:00+00
    @w1 = 2019-01-21T00:00:00+00
    @w2 = 2019-01-22T00:00:00+00
    @w3 = 2019-01-23T00:00:00+00
    @w4 = 2019-01-24T00:00:00+00
    @w5 = 2019-01-25T00:00:00+00
    @w6 = 2019-01-19T00:00:00+00
    @w7 = 2019-01-20T00:00:00+00
    ");
}

#[test]
fn berlin_skips_an_hour() {
    let texts = [
        "+1d",
        "+24h",
        "+1d@h",
        "2019-03-31T02:30:00",
        "2019-03-31T02:30:00Z",
    ];
    insta::assert_snapshot!(table("2019-03-30T02:30:00+01:00", "Europe/Berlin", &texts), @r"
    +1d = 2019-03-31T03:30:00+02
    +24h = 2019-03-31T03:30:00+02
    +1d@h = 2019-03-31T03:00:00+02
    2019-03-31T02:30:00 = 2019-03-31T03:30:00+02
    2019-03-31T02:30:00Z = 2019-03-31T04:30:00+02
    ");
}

#[test]
fn berlin_repeats_an_hour() {
    let texts = [
        "now",
        "+0d",
        "@h",
        "+1h",
        "@d",
        "+1d",
        "2019-10-27T02:30:00",
    ];
    // Half past two for the second time.
    insta::assert_snapshot!(table("2019-10-27T02:30:00+01:00", "Europe/Berlin", &texts), @r"
    now = 2019-10-27T02:30:00+01
    +0d = 2019-10-27T02:30:00+01
    @h = 2019-10-27T02:00:00+01
    +1h = 2019-10-27T03:30:00+01
    @d = 2019-10-27T00:00:00+02
    +1d = 2019-10-28T02:30:00+01
    2019-10-27T02:30:00 = 2019-10-27T02:30:00+02
    ");
}

#[test]
fn rounding_down_never_leads_forward_where_the_beginning_was_skipped() {
    // 30 March 1919, 23:30 was followed by 00:30.
    insta::assert_snapshot!(table("1919-03-31T00:45:00-04:00", "America/Toronto", &["@d", "@h"]), @r"
    @d = 1919-03-31T00:45:00-04
    @h = 1919-03-31T00:45:00-04
    ");
    // Half an hour of daylight saving: 02:00 was followed by 02:30.
    insta::assert_snapshot!(table("2019-10-06T02:45:00+11:00", "Australia/Lord_Howe", &["@h"]), @"@h = 2019-10-06T02:30:00+11");
}

#[test]
fn a_month_too_short_ends_on_its_last_day() {
    let texts = ["+1mon", "+1mon+1mon", "+2mon", "+13mon", "+q", "+1y"];
    insta::assert_snapshot!(table("2019-01-31T10:00:00Z", "UTC", &texts), @r"
    +1mon = 2019-02-28T10:00:00+00
    +1mon+1mon = 2019-03-28T10:00:00+00
    +2mon = 2019-03-31T10:00:00+00
    +13mon = 2020-02-29T10:00:00+00
    +q = 2019-04-30T10:00:00+00
    +1y = 2020-01-31T10:00:00+00
    ");
}

#[test]
fn absolute_times() {
    let texts = [
        "2030-01-31T12:00:00",
        "2030-01-31T12:00:00Z",
        "2030-01-31T12:00:00+05:30",
        "2030-01-31T12:00:00-08:00",
        "2030-01-31T12:00:00 02:00",
        "2030-01-31T12:00:00.999999999999Z",
        "2028-02-29T23:59:59.9",
    ];
    insta::assert_snapshot!(table("2019-01-25T10:30:45Z", "Europe/Berlin", &texts), @r"
    2030-01-31T12:00:00 = 2030-01-31T12:00:00+01
    2030-01-31T12:00:00Z = 2030-01-31T13:00:00+01
    2030-01-31T12:00:00+05:30 = 2030-01-31T07:30:00+01
    2030-01-31T12:00:00-08:00 = 2030-01-31T21:00:00+01
    2030-01-31T12:00:00 02:00 = 2030-01-31T11:00:00+01
    2030-01-31T12:00:00.999999999999Z = 2030-01-31T13:00:00+01
    2028-02-29T23:59:59.9 = 2028-02-29T23:59:59+01
    ");
}

#[test]
fn one_time_may_be_written_in_many_ways() {
    let same = [
        (" 90d@d ", "+90d@d"),
        ("90days@day", "+90d@d"),
        ("+15d+5h@h", "+15d+5h@h"),
        (" 15d 5h@h", "+15d+5h@h"),
        ("15d5h@h", "+15d+5h@h"),
        ("+d", "+1d"),
        ("d", "+1d"),
        ("+007d", "+7d"),
        ("1sec+2secs+3second+4seconds", "+1s+2s+3s+4s"),
        ("1min+2mins+3minute+4minutes", "+1m+2m+3m+4m"),
        ("1hr+2hrs+3hour+4hours", "+1h+2h+3h+4h"),
        ("1day+2days+3week+4weeks", "+1d+2d+3w+4w"),
        ("1month+2months+3qtr+4qtrs", "+1mon+2mon+3q+4q"),
        ("1quarter+2quarters+3yr+4yrs", "+1q+2q+3y+4y"),
        ("1year+2years", "+1y+2y"),
        ("@week@w7@w3", "@w@w0@w3"),
        ("\tnow\n", "now"),
        ("never", "never"),
        ("2030-01-31T12:00:00.5-00:00", "2030-01-31T12:00:00Z"),
        ("2030-01-31T12:00:00-03:30", "2030-01-31T12:00:00-03:30"),
        ("0000-01-01T00:00:00", "0000-01-01T00:00:00"),
    ];
    for (text, canonical) in same {
        assert_eq!(When::parse(text).unwrap().to_string(), canonical, "{text}");
    }
}

#[test]
fn only_steps_are_relative() {
    let is_relative = |text| When::parse(text).unwrap().is_relative();
    assert!(is_relative("now") && is_relative("+0d") && is_relative("@d"));
    assert!(!is_relative("never") && !is_relative("2030-01-31T12:00:00"));
}

#[test]
fn never_is_no_instant_and_now_is_a_whole_second() {
    let now = "2019-01-25T10:30:45.999Z".parse().unwrap();
    let resolve = |text, now| When::parse(text).unwrap().resolve(now, &TimeZone::UTC);
    assert_eq!(resolve("never", now), Ok(None));
    let second = Timestamp::from_second(1_548_412_245).unwrap();
    assert_eq!(resolve("now", now), Ok(Some(second)));
    let before_1970 = Timestamp::from_millisecond(-1).unwrap();
    let second = Timestamp::from_second(-1).unwrap();
    assert_eq!(resolve("now", before_1970), Ok(Some(second)));
}

#[test]
fn refused_relative_times() {
    insta::assert_snapshot!(refusals(&[
        "",
        "  ",
        "+10x",
        "+10",
        "+",
        "+1d+",
        "@",
        "@x",
        "@10d",
        "@w8",
        "@w10",
        "@w2h",
        "+1d@@d",
        "+1.5d",
        "+ 1d",
        "++1d",
        "tomorrow",
        "-1d",
        "+1d-1h",
        "+-1d",
        "+5M",
        "+5D",
        "NOW",
        "Never",
        "now+1d",
        "+1never",
        "1548412245",
        "99999999999999999999",
        "99999999999999999999d",
        "+1000000000s",
        "+1d\u{e9}",
        "+\u{661}d",
    ]), @r#"
    "": the end at character 1 comes before any time; use +30d, 2030-01-31T12:00:00Z or now
    "": the end at character 1 comes before any time; use +30d, 2030-01-31T12:00:00Z or now
    "+10x": "x" at character 4 is not a unit; use s, m, h, d, w, mon, q or y
    "+10": the end at character 4 comes instead of a unit; use s, m, h, d, w, mon, q or y
    "+": the end at character 2 comes instead of a unit; use s, m, h, d, w, mon, q or y
    "+1d+": the end at character 5 comes instead of a unit; use s, m, h, d, w, mon, q or y
    "@": the end at character 2 comes instead of a unit to round down to; use s, m, h, d, w, w0 to w7, mon, q or y
    "@x": "x" at character 2 is not a unit to round down to; use s, m, h, d, w, w0 to w7, mon, q or y
    "@10d": "10" at character 2 is not a unit to round down to; use s, m, h, d, w, w0 to w7, mon, q or y
    "@w8": "8" at character 3 is not a weekday; use w0 (Sunday) to w6 (Saturday), or w7 (Sunday)
    "@w10": "10" at character 3 is not a weekday; use w0 (Sunday) to w6 (Saturday), or w7 (Sunday)
    "@w2h": "h" at character 4 follows a weekday without a sign; write + before it
    "+1d@@d": "@" at character 5 is not a unit to round down to; use s, m, h, d, w, w0 to w7, mon, q or y
    "+1.5d": "." at character 3 is not a unit; use s, m, h, d, w, mon, q or y
    "+ 1d": " " at character 2 is not a unit; use s, m, h, d, w, mon, q or y
    "++1d": "+" at character 2 is not a unit; use s, m, h, d, w, mon, q or y
    "tomorrow": "tomorrow" at character 1 is not a unit; use s, m, h, d, w, mon, q or y
    "-1d": "-" at character 1 looks back, and the times of a token only look forward; use +
    "+1d-1h": "-" at character 4 looks back, and the times of a token only look forward; use +
    "+-1d": "-" at character 2 looks back, and the times of a token only look forward; use +
    "+5M": "M" at character 3 is upper case; use m for minutes or mon for months
    "+5D": "D" at character 3 is upper case; use lower case
    "NOW": "NOW" at character 1 is upper case; use lower case
    "Never": "Never" at character 1 is upper case; use lower case
    "now+1d": "now" at character 1 must stand alone; use + and a unit, or @ and a unit
    "+1never": "never" at character 3 must stand alone; use + and a unit, or @ and a unit
    "1548412245": "1548412245" at character 1 has no unit, and epoch times are not accepted; use +30d or 2030-01-31T12:00:00Z
    "99999999999999999999": "9999999999999999..." at character 1 has no unit, and epoch times are not accepted; use +30d or 2030-01-31T12:00:00Z
    "99999999999999999999d": "9999999999999999..." at character 1 is too large a number; use at most 999999999
    "+1000000000s": "1000000000" at character 2 is too large a number; use at most 999999999
    "+1d?": "?" at character 4 is not a unit; use s, m, h, d, w, mon, q or y
    "+?d": "?" at character 2 is not a unit; use s, m, h, d, w, mon, q or y
    "#);
}

#[test]
fn refused_absolute_times() {
    insta::assert_snapshot!(refusals(&[
        "2019-02-30T00:00:00",
        "2019-02-29T00:00:00Z",
        "2019-00-01T00:00:00",
        "2019-13-01T00:00:00",
        "2019-01-32T00:00:00",
        "2019-1-01T00:00:00",
        "19-01-01T00:00:00",
        "12019-01-01T00:00:00",
        "2019-01/01T00:00:00",
        "2019-01-25",
        "2019-01-25 10:30:45",
        "2019-01-25t10:30:45",
        "2019-01-25T24:00:00",
        "2019-01-25T10:60:00",
        "2019-01-25T10:30:60",
        "2019-01-25T10:30",
        "2019-01-25T103045",
        "2019-01-25T10:30:45.",
        "2019-01-25T10:30:45.Z",
        "2019-01-25T10:30:45z",
        "2019-01-25T10:30:45+0200",
        "2019-01-25T10:30:45+02",
        "2019-01-25T10:30:45+24:00",
        "2019-01-25T10:30:45+02:60",
        "2019-01-25T10:30:45Z+1d",
        "2019-01-25T10:30:45+02:00[Europe/Berlin]",
    ]), @r#"
    "2019-02-30T00:00:00": "30" at character 9 is not a day of that month
    "2019-02-29T00:00:00Z": "29" at character 9 is not a day of that month
    "2019-00-01T00:00:00": "00" at character 6 is not a month from 01 to 12
    "2019-13-01T00:00:00": "13" at character 6 is not a month from 01 to 12
    "2019-01-32T00:00:00": "32" at character 9 is not a day from 01 to 31
    "2019-1-01T00:00:00": "1" at character 6 is not a month from 01 to 12
    "19-01-01T00:00:00": "19" at character 1 is not a year of four digits
    "12019-01-01T00:00:00": "12019" at character 1 is not a year of four digits
    "2019-01/01T00:00:00": "/" at character 8 is not a hyphen; write YYYY-MM-DDTHH:MM:SS
    "2019-01-25": the end at character 11 comes instead of the letter T; write YYYY-MM-DDTHH:MM:SS
    "2019-01-25 10:30:45": " " at character 11 is not the letter T; write YYYY-MM-DDTHH:MM:SS
    "2019-01-25t10:30:45": "t" at character 11 is not the letter T; write YYYY-MM-DDTHH:MM:SS
    "2019-01-25T24:00:00": "24" at character 12 is not an hour from 00 to 23
    "2019-01-25T10:60:00": "60" at character 15 is not a minute from 00 to 59
    "2019-01-25T10:30:60": "60" at character 18 is not a second from 00 to 59
    "2019-01-25T10:30": the end at character 17 comes instead of a colon; write YYYY-MM-DDTHH:MM:SS
    "2019-01-25T103045": "103045" at character 12 is not an hour from 00 to 23
    "2019-01-25T10:30:45.": the end at character 21 comes instead of a fraction of a second
    "2019-01-25T10:30:45.Z": "Z" at character 21 is not a fraction of a second
    "2019-01-25T10:30:45z": "z" at character 20 is not an offset from UTC; write Z, +HH:MM, -HH:MM or nothing
    "2019-01-25T10:30:45+0200": "0200" at character 21 is not an offset hour from 00 to 23; write +HH:MM or -HH:MM
    "2019-01-25T10:30:45+02": the end at character 23 comes instead of a colon; write the offset +HH:MM or -HH:MM
    "2019-01-25T10:30:45+24:00": "24" at character 21 is not an offset hour from 00 to 23; write +HH:MM or -HH:MM
    "2019-01-25T10:30:45+02:60": "60" at character 24 is not an offset minute from 00 to 59; write +HH:MM or -HH:MM
    "2019-01-25T10:30:45Z+1d": "+" at character 21 is not part of the time, which ends before it
    "2019-01-25T10:30:45+02:00[Europe/Berlin]": "[" at character 26 is not part of the time, which ends before it
    "#);
}

#[test]
fn refused_lengths() {
    let longest = format!("+{}d", "0".repeat(MAX_LENGTH - 2));
    assert_eq!(When::parse(&longest).unwrap().to_string(), "+0d");
    let most = "+1d".repeat(MAX_STEPS);
    assert_eq!(When::parse(&most).unwrap().to_string(), most);
    insta::assert_snapshot!(refusals(&[
        &format!("{longest}@d"),
        &"\u{1f4a3}".repeat(1_000_000),
        &format!("{most}@d"),
        &"x".repeat(100),
        "+1d\u{1b}[31m\u{202e}\0\"<script>",
    ]), @r#"
    "+00000000000000000000000000000000000000000000000...": "@" at character 129 is one too many; use at most 128 characters
    "????????????????????????????????????????????????...": "?" at character 129 is one too many; use at most 128 characters
    "+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d...": "@" at character 49 begins one step too many; use at most 16
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...": "xxxxxxxxxxxxxxxx..." at character 1 is not a unit; use s, m, h, d, w, mon, q or y
    "+1d?[31m??"<script>": "?" at character 4 is not a unit; use s, m, h, d, w, mon, q or y
    "#);
}

#[test]
fn refused_results() {
    let refuse = |text: &&str| {
        let now = "2019-01-25T10:30:45Z".parse().unwrap();
        let when = When::parse(text).unwrap();
        when.resolve(now, &TimeZone::UTC).unwrap_err().to_string()
    };
    let texts = [
        "+8000y",
        "+1d+999999999y@d",
        "+999999999q",
        "+999999999mon",
        "+999999999w",
        "+999999999d",
        "+999999999h",
        "9999-12-31T23:59:59Z",
    ];
    insta::assert_snapshot!(texts.iter().map(refuse).collect::<Vec<_>>().join("\n"), @r#"
    "+8000y": "+8000y" at character 1 leaves the calendar, which ends with the year 9999; use an earlier time
    "+1d+999999999y@d": "+999999999y" at character 4 leaves the calendar, which ends with the year 9999; use an earlier time
    "+999999999q": "+999999999q" at character 1 leaves the calendar, which ends with the year 9999; use an earlier time
    "+999999999mon": "+999999999mon" at character 1 leaves the calendar, which ends with the year 9999; use an earlier time
    "+999999999w": "+999999999w" at character 1 leaves the calendar, which ends with the year 9999; use an earlier time
    "+999999999d": "+999999999d" at character 1 leaves the calendar, which ends with the year 9999; use an earlier time
    "+999999999h": "+999999999h" at character 1 leaves the calendar, which ends with the year 9999; use an earlier time
    "9999-12-31T23:59:59Z": "9999-12-31T23:59..." at character 1 leaves the calendar, which ends with the year 9999; use an earlier time
    "#);
}

#[test]
fn the_position_is_counted_without_the_white_space_in_front() {
    assert_eq!(When::parse("   +10x").unwrap_err().position(), 4);
}

/// Zones with every kind of change since 1970 but one at midnight and a bit: where the clock falls
/// back from today into yesterday (St. John's until 2011), days do not begin in order.
fn zones() -> impl Strategy<Value = TimeZone> {
    let names = [
        "UTC",
        "Asia/Kolkata",
        "Europe/Berlin",
        "America/Havana",
        "Australia/Lord_Howe",
    ];
    prop::sample::select(names.map(zone).to_vec())
}

/// 1970 to 2100.
fn instants() -> impl Strategy<Value = Timestamp> {
    (0..4_102_444_800_i64).prop_map(|second| Timestamp::from_second(second).unwrap())
}

fn units() -> impl Strategy<Value = Unit> {
    use Unit::{Day, Hour, Minute, Month, Quarter, Second, Week, Year};
    prop::sample::select(vec![Second, Minute, Hour, Day, Week, Month, Quarter, Year])
}

fn snaps() -> impl Strategy<Value = Step> {
    let weekday = |day| Step::SnapWeekday(Weekday::from_sunday_zero_offset(day).unwrap());
    prop_oneof![units().prop_map(Step::Snap), (0..7_i8).prop_map(weekday)]
}

fn steps() -> impl Strategy<Value = Step> {
    let add = (0..=MAX_COUNT, units()).prop_map(|(count, unit)| Step::Add { count, unit });
    prop_oneof![add, snaps()]
}

fn whens() -> impl Strategy<Value = When> {
    let offset = prop::option::of(-1_439..=1_439_i32);
    let absolute = (0..=253_402_300_799_i64, offset).prop_map(|(second, offset)| Absolute {
        wall: (DateTime::constant(1970, 1, 1, 0, 0, 0, 0) + SignedDuration::from_secs(second)),
        offset: offset.map(|minutes| Offset::from_seconds(minutes * 60).unwrap()),
    });
    prop_oneof![
        Just(When::Never),
        prop::collection::vec(steps(), 0..=8).prop_map(When::Relative),
        absolute.prop_map(When::Absolute),
    ]
}

fn resolve(step: Step, now: Timestamp, zone: &TimeZone) -> Timestamp {
    let when = When::Relative(vec![step]);
    when.resolve(now, zone).unwrap().unwrap()
}

fn assert_never_panics(text: &str, now: Timestamp, zone: &TimeZone) {
    match When::parse(text) {
        Ok(when) => drop(when.resolve(now, zone)),
        Err(error) => assert!(
            error
                .to_string()
                .chars()
                .all(|c| c == ' ' || c.is_ascii_graphic())
        ),
    }
}

proptest! {
    #[test]
    fn parsing_never_panics(text in any::<String>(), now in instants(), zone in zones()) {
        assert_never_panics(&text, now, &zone);
    }

    #[test]
    fn parsing_of_nearly_correct_text_never_panics(
        text in "([ +@-]?[0-9TZ:.-]{0,12}(s|m|hr|day|w|w[0-9]|mon|q|years|never)?){0,5}",
        now in instants(),
        zone in zones(),
    ) {
        assert_never_panics(&text, now, &zone);
    }

    #[test]
    fn printing_and_parsing_gives_the_same(when in whens()) {
        prop_assert_eq!(When::parse(&when.to_string()), Ok(when));
    }

    #[test]
    fn rounding_down_is_never_later_and_settles(
        snap in snaps(), now in instants(), zone in zones(),
    ) {
        let down = resolve(snap, now, &zone);
        prop_assert!(down <= now);
        prop_assert_eq!(resolve(snap, down, &zone), down);
    }

    #[test]
    fn rounding_down_keeps_the_order(
        snap in snaps(), now in instants(), later in 0..10_000_000_i64, zone in zones(),
    ) {
        let then = now + SignedDuration::from_secs(later);
        prop_assert!(resolve(snap, now, &zone) <= resolve(snap, then, &zone));
    }

    #[test]
    fn hours_minutes_and_seconds_are_exact(
        count in 0..1_000_000_u32, now in instants(), zone in zones(),
    ) {
        for (unit, seconds) in [(Unit::Second, 1), (Unit::Minute, 60), (Unit::Hour, 3_600)] {
            let then = resolve(Step::Add { count, unit }, now, &zone);
            prop_assert_eq!(then.as_second() - now.as_second(), i64::from(count) * seconds);
        }
    }
}
