//! Confidence intervals for medians and for ratios of times, without assuming how times are distributed.
//!
//! Times of a process have a sharp lower end and a long upper tail, and are few. So nothing here takes them for normal:
//!
//! - The interval of a **median** lies between two of the sorted values. How often the true median lies between them follows from
//!   tosses of a coin: each value is as likely to lie below it as above. W. R. Thompson, "On confidence ranges for the median",
//!   1936. For 95% it takes six values, and is from the least to the greatest then.
//! - The interval of a **ratio** lies between two of the sorted quotients of all pairs of values. How often it holds follows from
//!   the distribution of the rank sum, which belongs to the same pairs. J. Hodges and E. Lehmann, "Estimates of location based on
//!   rank tests", 1963, on logarithms; exact where one setting is the other but for a factor. The ratio itself is the quotient in
//!   the middle. It takes four values of each for 95%.

use crate::statistics::median;

/// A value that was estimated, and where the true one lies at the level of confidence that was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The best guess.
    pub value: f64,
    /// Least and greatest plausible value; `None` if there are too few values for that level.
    pub interval: Option<(f64, f64)>,
}

impl Estimate {
    /// Half the width of the interval, as a part of the value.
    pub fn spread(&self) -> Option<f64> {
        self.interval.map(|(low, high)| (high - low) / 2.0 / self.value)
    }

    /// Whether it surely differs from a value, at its level.
    pub fn excludes(&self, value: f64) -> bool {
        self.interval.is_some_and(|(low, high)| value < low || high < value)
    }
}

/// The median of the values and its interval at a level of confidence, such as 0.95. `None` for no values.
pub fn of_median(values: &[f64], confidence: f64) -> Option<Estimate> {
    let value = median(values)?;
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let interval =
        values_outside(sorted.len(), confidence).map(|outside| (sorted[outside], sorted[sorted.len() - 1 - outside]));
    Some(Estimate { value, interval })
}

/// How many of `count` sorted values may lie outside the interval of the median, at each end.
fn values_outside(count: usize, confidence: f64) -> Option<usize> {
    // The chance that at most `outside` of them lie below the true median, and likewise above.
    let allowed = (1.0 - confidence) / 2.0;
    let mut below = 0.0;
    let mut chance = 0.5_f64.powi(i32::try_from(count).ok()?);
    let mut outside = None;
    for values in 0..count.div_ceil(2) {
        below += chance;
        if below > allowed {
            break;
        }
        outside = Some(values);
        chance *= (count - values) as f64 / (values + 1) as f64;
    }
    outside
}

/// By what factor the first values are greater than the second, and its interval at a level of confidence. `None` unless there are
/// values of both, all positive.
pub fn of_ratio(first: &[f64], second: &[f64], confidence: f64) -> Option<Estimate> {
    if first.iter().chain(second).any(|&value| value <= 0.0) {
        return None;
    }
    let mut quotients: Vec<f64> = first.iter().flat_map(|a| second.iter().map(move |b| a / b)).collect();
    let value = median(&quotients)?;
    quotients.sort_by(f64::total_cmp);
    let interval = quotients_outside(first.len(), second.len(), confidence)
        .map(|outside| (quotients[outside], quotients[quotients.len() - 1 - outside]));
    Some(Estimate { value, interval })
}

/// Values, of both together, from which on the distribution of the rank sum is taken to be normal: up to there the numbers of
/// ways are exact.
const MANY: usize = 50;

/// How many of the sorted quotients may lie outside the interval of the ratio, at each end.
fn quotients_outside(first: usize, second: usize, confidence: f64) -> Option<usize> {
    let allowed = (1.0 - confidence) / 2.0;
    if first + second >= MANY {
        let (m, n) = (first as f64, second as f64);
        let deviation = (m * n * (m + n + 1.0) / 12.0).sqrt();
        let place = m * n / 2.0 - normal_quantile(1.0 - allowed) * deviation - 0.5;
        return (place >= 0.0).then_some(place as usize);
    }
    let ways = rank_sums(first, second);
    let all: f64 = ways.iter().sum();
    let mut below = 0.0;
    let mut outside = None;
    for (sum, ways) in ways.iter().enumerate() {
        below += ways / all;
        if below > allowed {
            break;
        }
        outside = Some(sum);
    }
    outside
}

/// In how many ways each sum of ranks comes about, less the least, if `first` of `first + second` values are drawn: by
/// the recurrence of H. Mann and D. Whitney, 1947. Only the lower half, as it is symmetric.
fn rank_sums(first: usize, second: usize) -> Vec<f64> {
    // The coefficients of the Gaussian binomial: the product of (1 - q^(second + i)) / (1 - q^i).
    let len = first * second / 2 + 1;
    let mut ways = vec![0.0; first * second + 1];
    ways[0] = 1.0;
    for i in 1..=first {
        for sum in (second + i..ways.len()).rev() {
            ways[sum] -= ways[sum - second - i];
        }
        for sum in i..ways.len() {
            ways[sum] += ways[sum - i];
        }
    }
    let total: f64 = ways.iter().sum();
    ways.truncate(len);
    // The rest of the total, so that parts of it are chances.
    let rest = total - ways.iter().sum::<f64>();
    ways.push(rest);
    ways
}

/// The value below which a standard normal variable lies with this chance, between one half and 1: P. Acklam's rational
/// approximation, good to nine digits.
fn normal_quantile(chance: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969683028665376e1,
        2.209460984245205e2,
        -2.759285104469687e2,
        1.38357751867269e2,
        -3.066479806614716e1,
        2.506628277459239,
    ];
    const B: [f64; 5] =
        [-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1];
    const C: [f64; 6] = [
        -7.784894002430293e-3,
        -3.223964580411365e-1,
        -2.400758277161838,
        -2.549732539343734,
        4.374664141464968,
        2.938163982698783,
    ];
    const D: [f64; 4] = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416];
    let horner = |coefficients: &[f64], x: f64| coefficients.iter().fold(0.0, |sum, c| sum * x + c);
    if chance > 0.97575 {
        let q = (-2.0 * (1.0 - chance).ln()).sqrt();
        return -horner(&C, q) / (horner(&D, q) * q + 1.0);
    }
    let q = chance - 0.5;
    let r = q * q;
    horner(&A, r) * q / (horner(&B, r) * r + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn intervals_of_medians_are_those_of_the_tables() {
        // Ranks, counted from 0, from tables of the sign test for 95%.
        let known = [(5, None), (6, Some(0)), (8, Some(0)), (9, Some(1)), (15, Some(3)), (20, Some(5)), (50, Some(17))];
        for (count, outside) in known {
            assert_eq!(values_outside(count, 0.95), outside, "{count} values");
        }
        assert_eq!(values_outside(5, 0.9), Some(0));
        let values = [9.0, 1.0, 5.0, 3.0, 7.0, 2.0];
        assert_eq!(of_median(&values, 0.95), Some(Estimate { value: 4.0, interval: Some((1.0, 9.0)) }));
        assert_eq!(of_median(&values[1..], 0.95).unwrap().interval, None);
        assert_eq!(of_median(&[], 0.95), None);
    }

    #[test]
    fn intervals_of_ratios_are_those_of_the_tables() {
        // Critical values of U, two-sided at 5%.
        let known =
            [(3, 4, None), (4, 4, Some(0)), (5, 5, Some(2)), (6, 8, Some(8)), (7, 7, Some(8)), (10, 10, Some(23))];
        for (first, second, outside) in known.into_iter().chain([(20, 20, Some(127))]) {
            assert_eq!(quotients_outside(first, second, 0.95), outside, "{first} and {second} values");
        }
    }

    #[test]
    fn many_values_are_taken_to_be_normal_where_that_hardly_matters() {
        let exact = |count| {
            let (ways, mut below) = (rank_sums(count, count), 0.0);
            let all: f64 = ways.iter().sum();
            ways.iter()
                .take_while(|ways| {
                    below += *ways / all;
                    below <= 0.025
                })
                .count()
                - 1
        };
        for count in [MANY / 2, 30] {
            let normal = quotients_outside(count, count, 0.95).unwrap();
            assert!(exact(count).abs_diff(normal) <= 1, "{count}: {} and {normal}", exact(count));
        }
    }

    #[test]
    fn quantiles_of_the_normal_distribution() {
        for (chance, value) in [(0.975, 1.959964), (0.5, 0.0), (0.995, 2.575829), (0.9995, 3.290527), (0.8, 0.841621)] {
            assert!((normal_quantile(chance) - value).abs() < 1e-6, "{chance}: {}", normal_quantile(chance));
        }
    }

    #[test]
    fn a_ratio_is_the_quotient_in_the_middle() {
        let ratio = of_ratio(&[2.0, 2.2, 2.4, 2.6], &[1.0, 1.0, 1.0, 1.0], 0.95).unwrap();
        assert!((ratio.value - 2.3).abs() < 1e-9);
        assert_eq!(ratio.interval, Some((2.0, 2.6)));
        assert!(ratio.excludes(1.0) && !ratio.excludes(2.5));
        assert_eq!(of_ratio(&[1.0], &[], 0.95), None);
        assert_eq!(of_ratio(&[1.0], &[0.0], 0.95), None);
        assert_eq!(of_ratio(&[1.0, 3.0], &[1.0], 0.95).unwrap(), Estimate { value: 2.0, interval: None });
    }

    /// A time of a process, as they are: at least something, mostly little more, and now and then much.
    fn time(random: &mut Random) -> f64 {
        1.0 - 0.05 * (1.0 - random.fraction()).ln() + if random.below(10) == 0 { 0.3 } else { 0.0 }
    }

    /// Its median: nine of ten have none of the extra 0.3, whose part of the values below the median is tiny, but not none.
    fn true_median(random: &mut Random) -> f64 {
        let values: Vec<f64> = (0..200_001).map(|_| time(random)).collect();
        median(&values).unwrap()
    }

    #[test]
    fn intervals_hold_as_often_as_they_say() {
        let mut random = Random::new(7);
        let truth = true_median(&mut random);
        for runs in [6, 7, 10, 15, 30] {
            let (mut median_holds, mut ratio_holds) = (0, 0);
            const TRIES: u32 = 4000;
            for _ in 0..TRIES {
                let first: Vec<f64> = (0..runs).map(|_| time(&mut random)).collect();
                let second: Vec<f64> = (0..runs).map(|_| 3.0 * time(&mut random)).collect();
                median_holds += u32::from(!of_median(&first, 0.95).unwrap().excludes(truth));
                ratio_holds += u32::from(!of_ratio(&second, &first, 0.95).unwrap().excludes(3.0));
            }
            let (median_holds, ratio_holds) = (f64::from(median_holds) / 4000.0, f64::from(ratio_holds) / 4000.0);
            assert!((0.94..=0.99).contains(&median_holds), "{runs} runs: {median_holds}");
            assert!((0.94..=0.98).contains(&ratio_holds), "{runs} runs: {ratio_holds}");
        }
    }
}
