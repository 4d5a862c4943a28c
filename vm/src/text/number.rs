//! Numbers to text and back.
//!
//! The digits are the standard library's, which gives the shortest that read back as the same float, and of these the
//! nearest. Of two that are equally near it takes the upper one, where Python, JavaScript and this language take the
//! even one; that, and the choice between plain notation and an exponent, is done here.

use std::fmt::Write;

/// Appends the text form of a float: `5.0`, `0.1`, `1e16`, `1e-5`, `inf`, `-inf`, `nan`.
pub fn write_float(out: &mut String, float: f64) {
    let start = out.len();
    let size = float.abs();
    let result = if size.is_nan() {
        out.write_str("nan")
    } else if size == 0.0 || (1e-4..1e16).contains(&size) {
        // `Debug` differs from `Display` in the `.0` after a whole number.
        write!(out, "{float:?}")
    } else {
        // `inf` and `-inf` too.
        write!(out, "{float:e}")
    };
    debug_assert!(result.is_ok(), "a string takes any text");
    if let Some(last) = odd_half(&out[start..], size) {
        let even = (out.as_bytes()[start + last] - 1) as char;
        out.replace_range(start + last..=start + last, even.encode_utf8(&mut [0; 4]));
    }
}

/// If the float lies in the middle between these digits and the even ones below, and these read back as the same
/// float too: where the last digit stands.
///
/// With `n` digits behind the point that takes a float with one more, a 5. A fraction with just `n + 1` decimals is an
/// odd number of `2^-(n + 1)`: so hardly any float is looked at twice. (There is no such float with an exponent above
/// its digits: its last binary digit would be worth less than the decimal one that is left out.)
fn odd_half(text: &str, size: f64) -> Option<usize> {
    let (mantissa, power) = text.split_once('e').unwrap_or((text, "0"));
    let behind_point = mantissa.len() - mantissa.find('.')? - 1;
    let decimals = behind_point as i64 - power.parse::<i64>().ok()?;
    let last = mantissa.len() - 1;
    if mantissa.as_bytes()[last].is_multiple_of(2) || !(1..60).contains(&decimals) {
        return None;
    }
    let steps = size * (2u64 << decimals) as f64;
    if steps >= (1u64 << 53) as f64 || steps % 2.0 != 1.0 {
        return None;
    }
    let below = format!("{}{}", &mantissa[..last], (mantissa.as_bytes()[last] - 1) as char);
    let exact = if text.len() == mantissa.len() {
        format!("{size:.*}", behind_point + 1)
    } else {
        format!("{size:.*e}", behind_point + 1)
    };
    let halfway = exact.split('e').next()?.strip_suffix('5') == Some(below.trim_start_matches('-'));
    let reads_back = format!("{below}e{power}").parse().is_ok_and(|float: f64| float.abs() == size);
    (halfway && reads_back).then_some(last)
}

/// The text form of a float.
pub fn float_text(float: f64) -> String {
    let mut text = String::new();
    write_float(&mut text, float);
    text
}

/// Appends an int in decimal.
pub fn write_int(out: &mut String, int: i64) {
    // By hand: this is the inner loop of programs that print numbers, and `fmt` costs several times as much.
    let mut digits = [0u8; 20];
    let mut start = digits.len();
    let mut rest = int.unsigned_abs();
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if int < 0 {
        out.push('-');
    }
    out.extend(digits[start..].iter().map(|&digit| digit as char));
}

/// The white space that `trim`, `split`, `int` and `float` know: Unicode's `White_Space`.
pub fn is_space(c: char) -> bool {
    c.is_whitespace()
}

/// Reads an int as `int(text)` does: white space around it, a sign, decimal digits. `None` for anything else, and for
/// what does not fit.
pub fn parse_int(text: &str) -> Option<i64> {
    // The standard library takes just the same: a sign, then at least one ASCII digit.
    text.trim_matches(is_space).parse().ok()
}

/// Reads a float as `float(text)` does: white space around it, a sign, decimal digits with a point among, before or
/// after them, an exponent; or `inf`, or `nan`.
pub fn parse_float(text: &str) -> Option<f64> {
    let text = text.trim_matches(is_space);
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    // The standard library also takes other spellings of the two words.
    let plain = unsigned.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    if plain || unsigned == "inf" || unsigned == "nan" {
        // A nan with a sign has the bits of no other value, but there is one nan for all constants.
        text.parse().ok().map(|float: f64| if float.is_nan() { f64::NAN } else { float })
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn float_forms() {
        for (float, text) in [
            (5.0, "5.0"),
            (-5.0, "-5.0"),
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1.0 / 3.0, "0.3333333333333333"),
            (1e15, "1000000000000000.0"),
            (9999999999999998.0, "9999999999999998.0"),
            (1e16, "1e16"),
            (12345678901234567.0, "1.2345678901234568e16"),
            (1e-4, "0.0001"),
            (9.999e-5, "9.999e-5"),
            (1e-5, "1e-5"),
            (-1.5e-7, "-1.5e-7"),
            (1.5e300, "1.5e300"),
            (1e22, "1e22"),
            // Between two as short and as near, the even one; unless it reads back as another float.
            (3_602_879_701_896_397.0 / 4.0, "900719925474099.2"),
            (3_602_879_701_896_399.0 / 4.0, "900719925474099.8"),
            (-3_602_879_701_896_397.0 / 4.0, "-900719925474099.2"),
            (1.0 / (1u64 << 24) as f64, "5.960464477539063e-8"),
            (9.0 / (1u64 << 24) as f64, "5.364418029785156e-7"),
            (f64::MAX, "1.7976931348623157e308"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (5e-324, "5e-324"),
            (9007199254740993.0, "9007199254740992.0"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
            (-f64::NAN, "nan"),
        ] {
            assert_eq!(float_text(float), text);
        }
    }

    #[test]
    fn floats_read_back_the_same() {
        let rounds = if cfg!(miri) { 100 } else { 100_000 };
        let mut random = crate::random::Random::seeded(1);
        for _ in 0..rounds {
            let float = f64::from_bits(random.next_u64());
            if float.is_nan() {
                continue;
            }
            let text = float_text(float);
            assert_eq!(parse_float(&text).map(f64::to_bits), Some(float.to_bits()), "{text}");
            assert!(text.contains(['.', 'e', 'f']), "{text} would read back as an int");
        }
    }

    #[test]
    fn int_forms() {
        for (int, text) in [
            (0, "0"),
            (7, "7"),
            (-1, "-1"),
            (10, "10"),
            (-900, "-900"),
            (i64::MAX, "9223372036854775807"),
            (i64::MIN, "-9223372036854775808"),
        ] {
            let mut out = String::new();
            write_int(&mut out, int);
            assert_eq!(out, text);
            assert_eq!(parse_int(text), Some(int));
        }
    }

    #[test]
    fn ints_are_parsed_strictly() {
        assert_eq!(parse_int(" \t+42\n"), Some(42));
        assert_eq!(parse_int("\u{2003}-7\u{a0}"), Some(-7));
        assert_eq!(parse_int("007"), Some(7));
        for bad in ["", " ", "-", "+-1", "1.0", "1e3", "0x10", "1_000", "- 1", "9223372036854775808", "٣", "1 2"] {
            assert_eq!(parse_int(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn floats_are_parsed_strictly() {
        for (text, float) in [
            ("1", 1.0),
            (" -2.5e3 ", -2500.0),
            ("+.5", 0.5),
            ("5.", 5.0),
            ("1E-2", 0.01),
            ("inf", f64::INFINITY),
            ("-inf", f64::NEG_INFINITY),
            ("1e999", f64::INFINITY),
            ("-0", -0.0),
        ] {
            assert_eq!(parse_float(text).map(f64::to_bits), Some(float.to_bits()), "{text:?}");
        }
        assert!(parse_float("nan").is_some_and(f64::is_nan));
        assert!(parse_float("-nan").is_some_and(f64::is_nan));
        for bad in ["", ".", "-", "e5", "1e", "1e+", "infinity", "Inf", "NaN", "0x1p3", "1_0", "1 0", "--1", "1.2.3"] {
            assert_eq!(parse_float(bad), None, "{bad:?}");
        }
    }
}
