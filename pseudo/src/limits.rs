//! Limits as they are written on the command line.

use std::time::Duration;

use pseudo_vm::vm::LEAST_MEMORY;

/// What a number of bytes may be followed by, each letter 1024 times the one before.
const SUFFIXES: &str = "KMGT";

/// A number of bytes: `64M`, `1.5G`, `512KiB`, `100000000`.
///
/// # Errors
///
/// In words, if it is none, or too small for a machine.
pub fn memory(text: &str) -> Result<usize, String> {
    let bytes = size(text).ok_or_else(|| format!("`{text}` is not a size, such as 64M, 1.5G or 100000000 (bytes)"))?;
    if bytes < LEAST_MEMORY {
        return Err(format!("`{text}` is too little: no program runs in less than {}M", LEAST_MEMORY >> 20));
    }
    Ok(bytes)
}

fn size(text: &str) -> Option<usize> {
    let digits = text.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits);
    let suffix = suffix.trim_start();
    let power = match suffix.chars().next().filter(|char| !"bB".contains(*char)) {
        None => 0,
        Some(letter) => 1 + SUFFIXES.find(letter.to_ascii_uppercase())? as i32,
    };
    let unit = if power > 0 { &suffix[1..] } else { suffix };
    let known =
        ["", "B"].contains(&unit.to_ascii_uppercase().as_str()) || (power > 0 && unit.eq_ignore_ascii_case("iB"));
    if !known {
        return None;
    }
    if power == 0 {
        return number.parse().ok();
    }
    if !number.starts_with(|char: char| char.is_ascii_digit()) {
        return None;
    }
    let bytes = number.parse::<f64>().ok()? * 1024f64.powi(power);
    // All sizes that machines have are exact as floats, and larger ones are as good as any.
    (bytes <= isize::MAX as f64).then_some(bytes as usize)
}

/// A depth of calls.
///
/// # Errors
///
/// In words, if it is none.
pub fn depth(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(0) => Err("with a depth of 0 no function can be called".to_string()),
        Ok(depth) if depth < u32::MAX => Ok(depth),
        _ => Err(format!("`{text}` is not a depth: a number from 1 to {}", u32::MAX - 1)),
    }
}

/// A number of seconds.
///
/// # Errors
///
/// In words, if it is none.
pub fn time(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| *seconds > 0.0);
    let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    // Less than the timer can wait for is as good as nothing.
    time.filter(|time| *time >= Duration::from_micros(1))
        .ok_or_else(|| format!("`{text}` is not a time in seconds, such as 2 or 0.5"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("100000000", 100_000_000),
            ("8388608", 8 << 20),
            ("64M", 64 << 20),
            ("64m", 64 << 20),
            ("64MB", 64 << 20),
            ("64 MiB", 64 << 20),
            ("1.5G", 3 << 29),
            ("20000K", 20_000 << 10),
            ("1T", 1 << 40),
            ("9000000B", 9_000_000),
        ] {
            assert_eq!(memory(text), Ok(bytes), "{text}");
        }
        for text in
            ["", "M", ".5G", "-1", "64X", "64Mega", "1iB", "1.5", "12.3.4M", "1e9", "nan", "inf", "99999999T", "٣M"]
        {
            assert!(memory(text).is_err_and(|message| message.contains("not a size")), "{text}");
        }
        for text in ["0", "1", "1K", "7.9M"] {
            assert!(memory(text).is_err_and(|message| message.contains("8M")), "{text}");
        }
    }

    #[test]
    fn depths_and_times() {
        assert_eq!((depth("1"), depth("200000")), (Ok(1), Ok(200_000)));
        for text in ["0", "-1", "1.5", "", "many", "4294967295", "99999999999"] {
            assert!(depth(text).is_err(), "{text}");
        }
        assert_eq!((time("2"), time("0.25")), (Ok(Duration::from_secs(2)), Ok(Duration::from_millis(250))));
        for text in ["0", "-1", "", "soon", "nan", "inf", "1e300", "1e-300", "2s"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
