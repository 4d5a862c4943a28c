//! The builtins on numbers, and the constants.

use std::cmp::Ordering;

use super::arguments::{any, array, bad_value, float, int, number};
use super::{Body::Constant, Body::IntConstant, Body::Native, BuiltinInfo, Effect, row};
use crate::error::{ErrorKind, Thrown};
use crate::heap::array::Elements;
use crate::ops::arithmetic::Number;
use crate::ops::compare::cmp_numbers;
use crate::ops::{math, scalar, type_name};
use crate::random::Random;
use crate::text::number::float_text;
use crate::value::Value;
use crate::vm::Vm;

/// The area's table.
pub const TABLE: &[BuiltinInfo] = &[
    row("PI", "", Constant(|| std::f64::consts::PI), Effect::Pure, "The circumference of a circle of diameter 1."),
    row("E", "", Constant(|| std::f64::consts::E), Effect::Pure, "The base of the natural logarithm."),
    row("INF", "", Constant(|| f64::INFINITY), Effect::Pure, "Infinity."),
    row("NAN", "", Constant(|| f64::NAN), Effect::Pure, "Not a number."),
    row("MAX_INT", "", IntConstant(i64::MAX), Effect::Pure, "The largest int, 2^63 - 1."),
    row("MIN_INT", "", IntConstant(i64::MIN), Effect::Pure, "The smallest int, -2^63."),
    row("abs", "x", Native(abs), Effect::Pure, "The absolute value; of the smallest int that int."),
    row("min", "x, more...", Native(min), Effect::Reads, "The smallest of some numbers or of an array."),
    row("max", "x, more...", Native(max), Effect::Reads, "The largest of some numbers or of an array."),
    row("floor", "x", Native(floor), Effect::Pure, "Rounds down to an int."),
    row("ceil", "x", Native(ceil), Effect::Pure, "Rounds up to an int."),
    row("round", "x", Native(round), Effect::Pure, "Rounds to the nearest int, halves away from zero."),
    row("trunc", "x", Native(trunc), Effect::Pure, "Rounds towards zero to an int."),
    row("pow", "x, y", Native(pow), Effect::Pure, "x to the power y; an int for ints with y not negative."),
    row("sign", "x", Native(sign), Effect::Pure, "-1, 0 or 1, of the argument's type; zeros and nan as they are."),
    row("clamp", "x, lo, hi", Native(clamp), Effect::Pure, "x, or the bound that it is beyond."),
    row("is_nan", "x", Native(is_nan), Effect::Pure, "Whether a number is nan."),
    row("popcount", "x", Native(popcount), Effect::Pure, "Number of bits set, of 64."),
    row("clz", "x", Native(clz), Effect::Pure, "Number of zero bits above the highest one, of 64."),
    row("ctz", "x", Native(ctz), Effect::Pure, "Number of zero bits below the lowest one, of 64."),
    row("rotl", "x, n", Native(rotl), Effect::Pure, "The 64 bits rotated left, n modulo 64."),
    row("rotr", "x, n", Native(rotr), Effect::Pure, "The 64 bits rotated right, n modulo 64."),
    row("ushr", "x, n", Native(ushr), Effect::Pure, "The 64 bits shifted right, zeros shifted in."),
    row("random", "", Native(random), Effect::Outside, "The next random float in [0, 1)."),
    row("randint", "a, b", Native(randint), Effect::Outside, "The next random int from a to b, both included."),
    row("seed", "n", Native(seed), Effect::Outside, "Begins the random sequence of a number."),
];

macro_rules! define_math {
    ($($name:ident($($param:ident $position:literal),+) $params:literal $doc:literal;)*) => {
        /// What is just a function of [`math`], applied to numbers as floats.
        pub const MATH_TABLE: &[BuiltinInfo] =
            &[$(row(stringify!($name), $params, Native(math_functions::$name), Effect::Pure, $doc)),*];

        mod math_functions {
            use super::{Thrown, Value, Vm, float, math};

            $(pub fn $name(_: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
                $(let $param = float(stringify!($name), args, $position)?;)+
                Ok(Value::float(math::$name($($param),+)))
            })*
        }
    };
}

define_math! {
    sqrt(x 0)      "x"    "The square root.";
    exp(x 0)       "x"    "E to the power x.";
    log(x 0)       "x"    "The natural logarithm.";
    log2(x 0)      "x"    "The logarithm to base 2.";
    log10(x 0)     "x"    "The logarithm to base 10.";
    sin(x 0)       "x"    "The sine of an angle in radians.";
    cos(x 0)       "x"    "The cosine of an angle in radians.";
    tan(x 0)       "x"    "The tangent of an angle in radians.";
    asin(x 0)      "x"    "The angle of a sine, in radians.";
    acos(x 0)      "x"    "The angle of a cosine, in radians.";
    atan(x 0)      "x"    "The angle of a tangent, in radians.";
    atan2(y 0, x 1) "y, x" "The angle of the point (x, y), in radians.";
    hypot(x 0, y 1) "x, y" "The length of the vector (x, y).";
}

fn abs(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    Ok(match number("abs", args, 0)? {
        Number::Int(int) => vm.heap.int(int.wrapping_abs()),
        Number::Float(float) => Value::float(float.abs()),
    })
}

fn min(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    extreme("min", Ordering::Less, vm, args)
}

fn max(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    extreme("max", Ordering::Greater, vm, args)
}

/// The first of some numbers that no other is before, where `before` says which way.
fn extreme(name: &str, before: Ordering, vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let better = |number: Number, best: Number| cmp_numbers(number, best) == Some(before);
    let pick = |best: Number, number: Number| if better(number, best) { number } else { best };
    let best = if let [_] = args {
        let array = array(name, args, 0)?;
        match array.elements(&vm.heap) {
            Elements::Bools(bools) => match bools.first() {
                Some(&first) => return Err(unexpected_element(name, 0, Value::bool(first))),
                None => None,
            },
            Elements::Ints(ints) => ints.iter().copied().map(Number::Int).reduce(pick),
            Elements::Floats(floats) => floats.iter().copied().map(Number::Float).reduce(pick),
            Elements::Values(values) => {
                let mut best = None;
                for (index, &value) in values.iter().enumerate() {
                    let number = Number::of(value).ok_or_else(|| unexpected_element(name, index, value))?;
                    best = Some(best.map_or(number, |best| pick(best, number)));
                }
                best
            }
        }
    } else {
        // All are checked, also those behind a nan.
        let mut best = number(name, args, 0)?;
        for position in 1..args.len() {
            best = pick(best, number(name, args, position)?);
        }
        Some(best)
    };
    match best {
        Some(best) => Ok(best.to_value(&mut vm.heap)),
        None => Err(bad_value(name, "the array is empty")),
    }
}

/// The error for an element that is no number.
#[cold]
pub fn unexpected_element(name: &str, index: usize, value: Value) -> Thrown {
    Thrown::new(ErrorKind::Type, format!("{name}: element {index} must be a number, not {}", type_name(value)))
}

macro_rules! define_roundings {
    ($($name:ident)*) => {
        $(fn $name(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
            match number(stringify!($name), args, 0)? {
                Number::Int(_) => Ok(any(args, 0)),
                Number::Float(float) => match scalar::float_to_int(math::$name(float)) {
                    Some(int) => Ok(vm.heap.int(int)),
                    None => Err(bad_value(stringify!($name), format_args!("no int is near {}", float_text(float)))),
                },
            }
        })*
    };
}

define_roundings! { floor ceil round trunc }

fn pow(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    match (number("pow", args, 0)?, number("pow", args, 1)?) {
        (Number::Int(x), Number::Int(y @ 0..)) => Ok(vm.heap.int(scalar::int_pow(x, y as u64))),
        (x, y) => Ok(Value::float(math::pow(x.to_float(), y.to_float()))),
    }
}

fn sign(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    Ok(match number("sign", args, 0)? {
        Number::Int(int) => vm.heap.int(int.signum()),
        Number::Float(float) if float == 0.0 || float.is_nan() => Value::float(float),
        Number::Float(float) => Value::float(float.signum()),
    })
}

fn clamp(_: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let (x, lo, hi) = (number("clamp", args, 0)?, number("clamp", args, 1)?, number("clamp", args, 2)?);
    if cmp_numbers(lo, hi) == Some(Ordering::Greater) {
        return Err(bad_value("clamp", "the lower bound is above the upper"));
    }
    let nearest = if cmp_numbers(x, lo) == Some(Ordering::Less) {
        1
    } else if cmp_numbers(x, hi) == Some(Ordering::Greater) {
        2
    } else {
        0
    };
    Ok(args[nearest])
}

fn is_nan(_: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    Ok(Value::bool(matches!(number("is_nan", args, 0)?, Number::Float(float) if float.is_nan())))
}

fn popcount(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    Ok(vm.heap.int(int("popcount", args, 0)?.count_ones().into()))
}

fn clz(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    Ok(vm.heap.int(int("clz", args, 0)?.leading_zeros().into()))
}

fn ctz(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    Ok(vm.heap.int(int("ctz", args, 0)?.trailing_zeros().into()))
}

fn rotl(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let (x, n) = (int("rotl", args, 0)?, int("rotl", args, 1)?);
    Ok(vm.heap.int(x.rotate_left((n & 63) as u32)))
}

fn rotr(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let (x, n) = (int("rotr", args, 0)?, int("rotr", args, 1)?);
    Ok(vm.heap.int(x.rotate_right((n & 63) as u32)))
}

fn ushr(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let (x, n) = (int("ushr", args, 0)?, int("ushr", args, 1)?);
    match scalar::ushr(x, n) {
        Some(int) => Ok(vm.heap.int(int)),
        None => Err(bad_value("ushr", "shift by a negative count")),
    }
}

fn random(vm: &mut Vm, _: &[Value]) -> Result<Value, Thrown> {
    Ok(Value::float(vm.random.next_float()))
}

fn randint(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    let (low, high) = (int("randint", args, 0)?, int("randint", args, 1)?);
    if low > high {
        return Err(bad_value("randint", format_args!("no int lies from {low} to {high}")));
    }
    let int = vm.random.next_int(low, high);
    Ok(vm.heap.int(int))
}

fn seed(vm: &mut Vm, args: &[Value]) -> Result<Value, Thrown> {
    vm.random = Random::seeded(int("seed", args, 0)? as u64);
    Ok(Value::NIL)
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::super::testing::{call, check, machine};
    use super::*;

    #[test]
    fn sizes_and_signs() {
        check(
            r#"
            abs(-5) => 5
            abs(-9223372036854775808) => -9223372036854775808
            abs(-0.0) => 0.0
            abs("x") => !type
            sign(-7) => -1
            sign(0) => 0
            sign(-2.5) => -1.0
            sign(-0.0) => -0.0
            sign(inf) => 1.0
            sign(nan) => nan
            sign(nil) => !type
            clamp(5, 0, 3) => 3
            clamp(-1, 0.5, 3) => 0.5
            clamp(2, 0, 3) => 2
            clamp(nan, 0, 3) => nan
            clamp(1, 3, 0) => !value
            clamp(1, 0, "x") => !type
            is_nan(nan) => true
            is_nan(1) => false
            is_nan("nan") => !type
        "#,
        );
    }

    #[test]
    fn extremes() {
        check(
            r#"
            min(3, 1, 2) => 1
            max(3, 1, 2) => 3
            max(1, 1.0) => 1
            max(1.0, 1) => 1.0
            min(0.0, -0.0) => 0.0
            max(9007199254740992.0, 9007199254740993) => 9007199254740993
            min([4, 2, 8]) => 2
            max([4.5, 2.5]) => 4.5
            max([1, 2.5, 2]) => 2.5
            min(nan, 1) => nan
            min(1, nan) => 1
            max([5]) => 5
            min([]) => !value
            max([]) => !value
            min(5) => !type
            min(1, "x") => !type
            max(nan, nil) => !type
            max([1, "x"]) => !type
            max([[1], [2]]) => !type
        "#,
        );
    }

    #[test]
    fn rounding() {
        check(
            r#"
            floor(2.7) => 2
            floor(-2.1) => -3
            floor(7) => 7
            ceil(2.1) => 3
            ceil(-2.7) => -2
            round(2.5) => 3
            round(-2.5) => -3
            round(0.49999999999999994) => 0
            round(4503599627370497.0) => 4503599627370497
            trunc(-2.9) => -2
            floor(9223372036854775807) => 9223372036854775807
            floor(1e19) => !value
            ceil(inf) => !value
            round(nan) => !value
            trunc(-9223372036854775808.0) => -9223372036854775808
            trunc(9223372036854775808.0) => !value
            floor("1") => !type
        "#,
        );
    }

    #[test]
    fn powers_and_functions() {
        check(
            r#"
            pow(2, 10) => 1024
            pow(2, 64) => 0
            pow(3, 41) => -420491770248316829
            pow(0, 0) => 1
            pow(2, -1) => 0.5
            pow(2.0, 3) => 8.0
            pow(-8, 0.5) => nan
            pow(0, -1) => inf
            pow("2", 1) => !type
            pow(2, nil) => !type
            sqrt(9) => 3.0
            sqrt(-1) => nan
            log(0) => -inf
            log2(8) => 3.0
            log10(1000) => 3.0
            exp(0) => 1.0
            sin(0) => 0.0
            cos(0) => 1.0
            atan2(0, -1) => 3.141592653589793
            hypot(3, 4) => 5.0
            hypot(3, "x") => !type
        "#,
        );
        for info in MATH_TABLE {
            check(&format!("{}({}) => !type", info.name, vec!["[]"; info.min.into()].join(", ")));
            let function = math::find(info.name).expect(info.name);
            let args = matches!(function.call, math::MathCall::Binary(_)) as u8 + 1;
            assert_eq!((info.min, info.max), (args, args), "{}", info.name);
        }
    }

    #[test]
    fn bits() {
        check(
            r#"
            popcount(-1) => 64
            popcount(255) => 8
            clz(0) => 64
            clz(1) => 63
            clz(-1) => 0
            ctz(0) => 64
            ctz(8) => 3
            rotl(1, 63) => -9223372036854775808
            rotl(1, 65) => 2
            rotl(1, -1) => -9223372036854775808
            rotr(1, 1) => -9223372036854775808
            rotr(2, -63) => 1
            ushr(-1, 60) => 15
            ushr(-1, 64) => 0
            ushr(5, -1) => !value
            popcount(1.0) => !type
            clz("x") => !type
            ctz(nil) => !type
            rotl(1, 1.0) => !type
            rotr(nil, 1) => !type
            ushr(1.0, 1) => !type
        "#,
        );
    }

    #[test]
    fn random_sequences() {
        check(
            r#"
            randint(2, 1) => !value
            randint(1.0, 2) => !type
            seed("x") => !type
            randint(5, 5) => 5
        "#,
        );
        let mut vm = machine();
        let mut draw = |seed: i64| {
            let seed = vm.heap.int(seed);
            let (low, high) = (vm.heap.int(-10), vm.heap.int(10));
            call(&mut vm, "seed", &[seed]).expect("an int is a seed");
            let int = call(&mut vm, "randint", &[low, high]).ok().and_then(Value::as_int).expect("an int");
            (int, call(&mut vm, "random", &[]).ok().and_then(Value::as_float).expect("a float"))
        };
        assert_eq!(draw(42), draw(42));
        assert_ne!(draw(42), draw(43));
    }

    #[test]
    fn constants() {
        for (name, bits) in
            [("PI", 0x4009_21FB_5444_2D18), ("E", 0x4005_BF0A_8B14_5769), ("INF", 0x7FF0_0000_0000_0000)]
        {
            let (_, info) = find(name).expect(name);
            assert!(matches!(info.body, Constant(value) if value().to_bits() == bits), "{name}");
            assert!(!info.is_function());
        }
        assert!(matches!(find("NAN"), Some((_, BuiltinInfo { body: Constant(value), .. })) if value().is_nan()));
    }
}
