//! A scale: where values lie in a picture, and at which of them there are ticks.

/// How values are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    Linear,
    /// Equal factors are equally far; 0 lies below 1 as if it were a half.
    Logarithmic,
}

/// An axis: values and the pixels where they lie.
#[derive(Clone, Debug)]
pub struct Axis {
    scale: Scale,
    low: f64,
    high: f64,
    /// Where the lowest and the highest value lie.
    pixels: (i32, i32),
}

/// Pixels on either side of the outermost values.
const MARGIN: f64 = 14.0;

impl Axis {
    /// An axis on which all the values are to be seen.
    pub fn fit(values: impl IntoIterator<Item = f64>, scale: Scale, pixels: (i32, i32)) -> Axis {
        let mut axis = Axis { scale, low: f64::INFINITY, high: f64::NEG_INFINITY, pixels };
        for value in values {
            let place = axis.place(value);
            axis.low = axis.low.min(place);
            axis.high = axis.high.max(place);
        }
        if axis.low > axis.high {
            (axis.low, axis.high) = (0.0, 1.0);
        }
        // Values that hardly differ are not to look as if they did.
        let least = match scale {
            Scale::Linear => 0.1 * axis.low.abs().max(axis.high.abs()).max(1e-9),
            Scale::Logarithmic => 0.1,
        };
        let missing = (least - (axis.high - axis.low)).max(0.0);
        let length = f64::from((pixels.1 - pixels.0).abs());
        let margin = missing / 2.0 + (axis.high - axis.low + missing) * MARGIN / (length - 2.0 * MARGIN).max(1.0);
        axis.low -= margin;
        axis.high += margin;
        axis
    }

    fn place(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => value,
            Scale::Logarithmic if value > 0.0 => value.ln(),
            Scale::Logarithmic => 0.5_f64.ln(),
        }
    }

    /// The pixel of a value.
    pub fn pixel(&self, value: f64) -> i32 {
        let part = (self.place(value) - self.low) / (self.high - self.low);
        self.pixels.0 + (part * f64::from(self.pixels.1 - self.pixels.0)).round() as i32
    }

    /// Whether a value lies on it.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&self.place(value))
    }

    /// Round values for ticks, at least so many pixels from one another.
    pub fn ticks(&self, apart: i32) -> Vec<f64> {
        let mut ticks: Vec<f64> = Vec::new();
        let mut add = |value: f64| {
            let pixel = self.pixel(value);
            if self.contains(value) && ticks.iter().all(|&tick| (self.pixel(tick) - pixel).abs() >= apart) {
                ticks.push(value);
            }
        };
        match self.scale {
            Scale::Linear => {
                let rough =
                    (self.high - self.low) * f64::from(apart) / f64::from((self.pixels.1 - self.pixels.0).abs());
                let power = 10f64.powf(rough.log10().floor());
                let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|&step| step >= rough);
                let step = step.unwrap_or(10.0 * power);
                (0..=1000)
                    .map(|count| ((self.low / step).ceil() + f64::from(count)) * step)
                    .take_while(|&it| self.contains(it))
                    .for_each(add);
            }
            // The rounder, the earlier.
            Scale::Logarithmic => {
                add(1.0);
                let steps: [&[f64]; 5] =
                    [&[1.0], &[2.0, 5.0], &[1.5, 3.0, 7.0], &[1.2, 1.1, 1.3, 8.0, 9.0], &[1.05, 9.5, 9.8, 1.02]];
                for factors in steps {
                    for exponent in -6..=9 {
                        factors.iter().for_each(|factor| add(factor * 10f64.powi(exponent)));
                    }
                }
            }
        }
        ticks.sort_by(f64::total_cmp);
        ticks
    }
}

/// A tick's value, without digits that say nothing.
pub fn label(value: f64) -> String {
    let rounded = format!("{value:.4}");
    let short = rounded.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lie_on_their_axis() {
        for scale in [Scale::Linear, Scale::Logarithmic] {
            let axis = Axis::fit([0.9, 1.0, 3.0], scale, (100, 500));
            let pixels: Vec<i32> = [0.9, 1.0, 3.0].map(|value| axis.pixel(value)).to_vec();
            assert!(pixels.is_sorted() && pixels[0] >= 110 && pixels[2] <= 490, "{pixels:?}");
            assert!(axis.contains(2.0) && !axis.contains(30.0));
        }
        let downwards = Axis::fit([1.0, 2.0], Scale::Linear, (400, 0));
        assert!(downwards.pixel(1.0) > downwards.pixel(2.0));
        let nothing = Axis::fit([], Scale::Logarithmic, (0, 100));
        assert!(nothing.contains(1.5));
    }

    #[test]
    fn ticks_are_round_and_apart() {
        let axis = Axis::fit([0.8, 40.0], Scale::Logarithmic, (0, 600));
        assert_eq!(axis.ticks(45), [1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 20.0, 30.0]);
        let axis = Axis::fit([0.97, 1.21], Scale::Linear, (300, 0));
        assert_eq!(
            axis.ticks(30).iter().map(|&tick| label(tick)).collect::<Vec<_>>(),
            ["1", "1.05", "1.1", "1.15", "1.2"]
        );
    }

    #[test]
    fn zero_has_a_place_below_one() {
        let axis = Axis::fit([0.0, 100.0], Scale::Logarithmic, (0, 500));
        assert!(axis.pixel(0.0) < axis.pixel(1.0), "{axis:?}");
        assert!(axis.pixel(0.0) > 0);
    }

    #[test]
    fn labels_are_short() {
        assert_eq!([1.0, 0.05, 1.10, 1000.0, -0.0].map(label), ["1", "0.05", "1.1", "1000", "0"]);
    }
}
