//! Looking an address up in a list of networks: a list of 10,000 must cost hardly more than one of 10.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    hint::black_box,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Instant,
};

use anyhow::ensure;
use tokenry_core::token::address::Networks;

use crate::{
    Run,
    machine::Watch,
    random::Random,
    report::{Row, Target, Unit},
    rounds::Rounds,
};

/// How long the lists are: the reference, and the subject.
const LENGTHS: [usize; 2] = [10, 10_000];

/// How many addresses are looked up in a round: a fraction of a millisecond.
const ROUND: usize = 10_000;

const METHOD: &str = "Networks::contains of 10,000 networks scattered at random, 10,000 addresses a round at random, half of them inside.\n  \
    Reference: the same of 10 networks.\n  \
    Rounds in alternation, median of their ratios. Crowded: all networks but one side by side, the worst for the index.";

/// What networks a list holds.
#[derive(Debug, Clone, Copy)]
enum Shape {
    V4,
    V6,
    Mixed,
    Crowded,
}

/// A list, and addresses to ask it for.
struct Asked {
    list: Networks,
    addresses: Vec<IpAddr>,
}

pub(crate) fn run(run: &Run) -> anyhow::Result<Vec<Row>> {
    run.output.heading("addresses", METHOD);
    let shapes = [Shape::V4, Shape::V6, Shape::Mixed, Shape::Crowded];
    let rows = shapes.map(|shape| measure(run, shape));
    rows.into_iter().collect()
}

fn measure(run: &Run, shape: Shape) -> anyhow::Result<Row> {
    let mut random = Random::new(3);
    let [few, many] = LENGTHS.map(|length| Asked::new(shape, length, &mut random));
    let (few, many) = (few?, many?);
    let watch = Watch::begin(&[])?;
    let mut rounds = Rounds::default();
    for number in 0..run.scale(2000, 400) {
        let (reference, subject) = if number % 2 == 0 {
            let reference = few.ask()?;
            (reference, many.ask()?)
        } else {
            let subject = many.ask()?;
            (few.ask()?, subject)
        };
        rounds.push(reference, subject);
    }
    Ok(Row {
        bench: "addresses",
        what: format!("{} in a list of 10,000 networks", shape.name()),
        reference: format!("10 networks {:.1} ns", rounds.reference()),
        subject: format!("{:.1} ns", rounds.subject()),
        figure: rounds.ratio(),
        unit: Unit::Times,
        spread: rounds.spread(),
        target: shape.target(),
        others: watch.others()?,
    })
}

impl Asked {
    /// Half of the addresses are the last ones of networks of the list, the others are in none.
    fn new(shape: Shape, length: usize, random: &mut Random) -> anyhow::Result<Self> {
        let mut texts = BTreeSet::new();
        let mut inside = Vec::new();
        while texts.len() < length {
            let (text, last) = shape.network(texts.len(), random);
            if texts.insert(text) {
                inside.push(last);
            }
        }
        let mut all = String::new();
        for text in &texts {
            write!(all, "{text},")?;
        }
        // As the store reads it: what clients send may not be so long.
        let (list, left_out) = Networks::from_stored(&all);
        ensure!(left_out.is_empty(), "not networks: {left_out:?}");
        ensure!(list.len() == length, "{} networks", list.len());
        let mut addresses = Vec::new();
        while addresses.len() < ROUND {
            let outside = shape.outside(&list, random);
            addresses.extend(inside.get(random.below(inside.len())));
            addresses.push(outside);
        }
        let mut asked = Self { list, addresses };
        asked.shuffle(random);
        Ok(asked)
    }

    /// So that no processor learns who comes next.
    fn shuffle(&mut self, random: &mut Random) {
        for place in 0..self.addresses.len() {
            self.addresses.swap(place, random.below(ROUND));
        }
    }

    /// Nanoseconds for one address.
    fn ask(&self) -> anyhow::Result<f64> {
        let begin = Instant::now();
        let mut hits: u32 = 0;
        for address in &self.addresses {
            hits += u32::from(self.list.contains(black_box(*address)));
        }
        let took = begin.elapsed();
        ensure!(
            hits as usize == ROUND / 2,
            "{hits} addresses are said to be inside"
        );
        Ok(took.as_secs_f64() * 1e9 / f64::from(hits * 2))
    }
}

impl Shape {
    fn name(self) -> &'static str {
        match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
            Self::Mixed => "IPv4 and IPv6",
            Self::Crowded => "crowded IPv4",
        }
    }

    fn target(self) -> Option<Target> {
        match self {
            Self::V4 | Self::V6 | Self::Mixed => Some(Target::AtMost(3.0)),
            Self::Crowded => None,
        }
    }

    /// A network, and the last address in it.
    fn network(self, place: usize, random: &mut Random) -> (String, IpAddr) {
        match self {
            Self::V4 => v4(random),
            Self::Mixed if place.is_multiple_of(2) => v4(random),
            Self::V6 | Self::Mixed => v6(random),
            Self::Crowded if place == 0 => (
                "203.0.113.7".to_owned(),
                Ipv4Addr::new(203, 0, 113, 7).into(),
            ),
            // Every other address of one /17.
            Self::Crowded => {
                let host = u32::try_from(place * 2).unwrap_or(0);
                let address = Ipv4Addr::from_bits(Ipv4Addr::new(10, 0, 0, 0).to_bits() + host);
                (address.to_string(), address.into())
            }
        }
    }

    /// An address that the list does not hold.
    fn outside(self, list: &Networks, random: &mut Random) -> IpAddr {
        loop {
            let address = match self {
                Self::V4 => any_v4(random).into(),
                Self::Mixed if random.below(2) == 0 => any_v4(random).into(),
                Self::V6 | Self::Mixed => any_v6(random).into(),
                Self::Crowded => {
                    let host = u32::try_from(random.below(20_000)).unwrap_or(0) | 1;
                    let base = Ipv4Addr::new(10, 0, 0, 0).to_bits();
                    Ipv4Addr::from_bits(base + host).into()
                }
            };
            if !list.contains(address) {
                return address;
            }
        }
    }
}

/// A network of 256 addresses anywhere.
fn v4(random: &mut Random) -> (String, IpAddr) {
    let [a, b, c, _] = any_v4(random).octets();
    (
        format!("{a}.{b}.{c}.0/24"),
        Ipv4Addr::new(a, b, c, 255).into(),
    )
}

/// A network of a site anywhere in what is routed.
fn v6(random: &mut Random) -> (String, IpAddr) {
    let first = any_v6(random).to_bits() >> 80 << 80;
    let last = first | (u128::MAX >> 48);
    (
        format!("{}/48", Ipv6Addr::from_bits(first)),
        Ipv6Addr::from_bits(last).into(),
    )
}

fn any_v4(random: &mut Random) -> Ipv4Addr {
    let [a, b, c, d, ..] = random.bytes();
    Ipv4Addr::new(a, b, c, d)
}

/// Of `2000::/3`.
fn any_v6(random: &mut Random) -> Ipv6Addr {
    let bits = u128::from(random.next()) << 64 | u128::from(random.next());
    Ipv6Addr::from_bits(bits >> 3 | 1 << 125)
}
