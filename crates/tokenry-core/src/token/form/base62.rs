//! The digits of opaque tokens: 43 bytes as one number of 58 digits, and a CRC-32 of six (spec/data-plane.md 8.2).
//! Digits, then capitals, then small letters, the most significant digit first.
//!
//! Not here: what the bytes mean.

/// The bytes of a payload.
pub(super) const BYTES: usize = 43;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The digits of a payload: five parts of [`PART`] and one of [`FIRST_PART`], which are numbers of 64 bits each.
const DIGITS: usize = 58;
const PART: usize = 10;
const FIRST_PART: usize = DIGITS % PART;

/// 62 to the power of [`PART`].
const PART_VALUE: u64 = 62_u64.pow(10);

/// Enough for any 58 digits: less than 2^346.
const LIMBS: usize = 6;

/// The bytes that the limbs have more than a payload.
const SPARE: usize = LIMBS * 8 - BYTES;

/// Appends the 58 digits of this number, big-endian.
pub(super) fn write(payload: &[u8; BYTES], to: &mut String) {
    let mut limbs = limbs(payload);
    let mut digits = [b'0'; DIGITS];
    for part in digits.rchunks_mut(PART) {
        write_part(divide(&mut limbs), part);
    }
    to.extend(digits.map(char::from));
}

/// Reads 58 digits. `None` for what is no digit, and for a number that no payload is: so each payload has one spelling.
pub(super) fn read(digits: &[u8]) -> Option<[u8; BYTES]> {
    let (first, rest) = digits.split_first_chunk::<FIRST_PART>()?;
    if digits.len() != DIGITS {
        return None;
    }
    let mut limbs = [0; LIMBS];
    multiply_and_add(&mut limbs, 0, value(first)?);
    for part in rest.chunks(PART) {
        multiply_and_add(&mut limbs, PART_VALUE, value(part)?);
    }
    let bytes = limbs.map(u64::to_be_bytes);
    let (spare, payload) = bytes.as_flattened().split_first_chunk::<SPARE>()?;
    (*spare == [0; SPARE]).then(|| payload.try_into().ok())?
}

/// The CRC-32 of a text (ISO-HDLC, the one of zip and gzip), in six digits.
pub(super) fn checksum(text: &[u8]) -> [u8; 6] {
    let mut digits = [b'0'; 6];
    write_part(crc32(text).into(), &mut digits);
    digits
}

/// The limbs, most significant first.
fn limbs(payload: &[u8; BYTES]) -> [u64; LIMBS] {
    let mut bytes = [0; LIMBS * 8];
    let padded = bytes.iter_mut().skip(SPARE);
    padded.zip(payload).for_each(|(to, from)| *to = *from);
    let mut limbs = [0; LIMBS];
    let (eights, _) = bytes.as_chunks::<8>();
    limbs
        .iter_mut()
        .zip(eights)
        .for_each(|(limb, eight)| *limb = u64::from_be_bytes(*eight));
    limbs
}

/// Divides by [`PART_VALUE`], and gives the remainder.
fn divide(limbs: &mut [u64; LIMBS]) -> u64 {
    limbs.iter_mut().fold(0, |remainder, limb| {
        let (high, low) = (u128::from(remainder), u128::from(*limb));
        let value = high << 64 | low;
        // Both fit: the remainder is less than the divisor, so the quotient is less than 2^64.
        *limb = low_half(value / u128::from(PART_VALUE));
        low_half(value % u128::from(PART_VALUE))
    })
}

fn multiply_and_add(limbs: &mut [u64; LIMBS], factor: u64, summand: u64) {
    limbs.iter_mut().rev().fold(summand, |carry, limb| {
        let value = u128::from(*limb) * u128::from(factor) + u128::from(carry);
        *limb = low_half(value);
        low_half(value >> 64)
    });
}

fn low_half(value: u128) -> u64 {
    let [_, _, _, _, _, _, _, _, low @ ..] = value.to_be_bytes();
    u64::from_be_bytes(low)
}

fn write_part(mut value: u64, part: &mut [u8]) {
    for digit in part.iter_mut().rev() {
        let place = usize::try_from(value % 62).unwrap_or_default();
        *digit = ALPHABET.get(place).copied().unwrap_or(b'0');
        value /= 62;
    }
}

/// Without a branch for each digit: which of the three kinds it is cannot be foreseen.
fn value(part: &[u8]) -> Option<u64> {
    let (value, greatest) = part.iter().fold((0, 0), |(value, greatest), digit| {
        let digit = VALUES.get(usize::from(*digit)).copied();
        let digit = digit.unwrap_or(NO_DIGIT);
        (value * 62 + u64::from(digit), greatest.max(digit))
    });
    (greatest < NO_DIGIT).then_some(value)
}

fn crc32(text: &[u8]) -> u32 {
    let update = |crc: u32, byte: &u8| {
        let [.., low] = crc.to_be_bytes();
        let entry = CRC_TABLE.get(usize::from(low ^ byte)).copied();
        crc >> 8 ^ entry.unwrap_or_default()
    };
    !text.iter().fold(u32::MAX, update)
}

/// What stands for the value of what is no digit.
const NO_DIGIT: u8 = 62;

/// The value of each byte as a digit.
static VALUES: [u8; 256] = values();

#[expect(
    clippy::indexing_slicing,
    reason = "computed when it is compiled, where an index that is out of range does not compile"
)]
const fn values() -> [u8; 256] {
    let mut values = [NO_DIGIT; 256];
    let (mut place, mut value) = (0, 0);
    while place < ALPHABET.len() {
        values[ALPHABET[place] as usize] = value;
        place += 1;
        value += 1;
    }
    values
}

/// What each low byte adds: the polynomial 0x04C11DB7 with its bits reversed.
static CRC_TABLE: [u32; 256] = crc_table();

#[expect(
    clippy::indexing_slicing,
    reason = "computed when it is compiled, where an index that is out of range does not compile"
)]
const fn crc_table() -> [u32; 256] {
    let mut table = [0; 256];
    let (mut place, mut first) = (0, 0_u32);
    while place < table.len() {
        let (mut value, mut bit) = (first, 0);
        while bit < 8 {
            value = value >> 1 ^ if value & 1 == 1 { 0xEDB8_8320 } else { 0 };
            bit += 1;
        }
        table[place] = value;
        place += 1;
        first += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(payload: [u8; BYTES]) -> String {
        let mut text = String::new();
        write(&payload, &mut text);
        text
    }

    /// Computed with Python's integers.
    #[test]
    fn the_greatest_payload_and_what_is_greater() {
        let greatest = written([0xff; BYTES]);
        assert_eq!(
            greatest,
            "OQtmfli353fF8t4yjg0gd7zzKSfFvOBbmVUsSzBC6pGpc7CYPFNRpM16mF"
        );
        assert_eq!(read(greatest.as_bytes()), Some([0xff; BYTES]));
        for greater in [
            "OQtmfli353fF8t4yjg0gd7zzKSfFvOBbmVUsSzBC6pGpc7CYPFNRpM16mG",
            &"z".repeat(DIGITS),
        ] {
            assert_eq!(read(greater.as_bytes()), None, "{greater}");
        }
        assert_eq!(written([0; BYTES]), "0".repeat(DIGITS));
    }

    /// The check value of CRC-32/ISO-HDLC, and what Python's `zlib.crc32` makes of two more.
    #[test]
    fn the_checksum_is_that_of_zip() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
        assert_eq!(&checksum(b"123456789"), b"3jZRME");
        assert_eq!(&checksum(b"tky_pat_"), b"3WKT2Z");
    }

    #[test]
    fn what_is_no_digit_or_has_another_length_is_not_read() {
        let zeros = "0".repeat(DIGITS);
        for text in [
            "",
            "0",
            &zeros[1..],
            &format!("{zeros}0"),
            &format!("{}_", &zeros[1..]),
            &format!("{}\u{e9}", &zeros[2..]),
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_payload_is_written_and_read_back(
            start in any::<[u8; 32]>(),
            end in any::<[u8; 11]>(),
            zeros in 0..BYTES,
        ) {
            let mut payload = [0; BYTES];
            let bytes = start.iter().chain(&end);
            payload.iter_mut().zip(bytes).skip(zeros).for_each(|(to, from)| *to = *from);
            prop_assert_eq!(read(written(payload).as_bytes()), Some(payload));
        }

        /// So no two strings are the same payload.
        #[test]
        fn digits_that_are_read_are_written_the_same(digits in "[0-9A-Za-z]{58}") {
            if let Some(payload) = read(digits.as_bytes()) {
                prop_assert_eq!(written(payload), digits);
            }
        }
    }
}
