//! The functions on floats that are more than an instruction: one definition, with C's calling convention, so that the
//! interpreter, the trace evaluator and compiled code all get the same last digits.
//!
//! They are the platform's libm as Rust's `f64` methods reach it. Compiled code finds them in [`FUNCTIONS`] by name and
//! calls their addresses.

/// How to call one of the functions.
#[derive(Clone, Copy, Debug)]
pub enum MathCall {
    /// Of one float.
    Unary(extern "C" fn(f64) -> f64),
    /// Of two floats.
    Binary(extern "C" fn(f64, f64) -> f64),
}

/// A row of [`FUNCTIONS`].
#[derive(Clone, Copy, Debug)]
pub struct MathFunction {
    /// Its name; that of the builtin where there is one.
    pub name: &'static str,
    /// Its address.
    pub call: MathCall,
}

macro_rules! define_functions {
    ($($name:ident $kind:ident($($x:ident),+) $body:expr;)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "` of floats. Neither allocates nor throws.")]
            pub extern "C" fn $name($($x: f64),+) -> f64 { $body }
        )*

        /// Every function of this module.
        pub const FUNCTIONS: &[MathFunction] =
            &[$(MathFunction { name: stringify!($name), call: MathCall::$kind($name) }),*];
    };
}

define_functions! {
    sqrt      Unary(x)     x.sqrt();
    exp       Unary(x)     x.exp();
    log       Unary(x)     x.ln();
    log2      Unary(x)     x.log2();
    log10     Unary(x)     x.log10();
    sin       Unary(x)     x.sin();
    cos       Unary(x)     x.cos();
    tan       Unary(x)     x.tan();
    asin      Unary(x)     x.asin();
    acos      Unary(x)     x.acos();
    atan      Unary(x)     x.atan();
    floor     Unary(x)     x.floor();
    ceil      Unary(x)     x.ceil();
    trunc     Unary(x)     x.trunc();
    round     Unary(x)     x.round();
    atan2     Binary(y, x) y.atan2(x);
    hypot     Binary(x, y) x.hypot(y);
    pow       Binary(x, y) x.powf(y);
    float_mod Binary(a, b) super::scalar::float_mod(a, b);
    float_div Binary(a, b) super::scalar::float_floor_div(a, b);
}

/// The function of this name.
pub fn find(name: &str) -> Option<&'static MathFunction> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edge_values() {
        assert_eq!(sqrt(4.0), 2.0);
        assert!(sqrt(-1.0).is_nan());
        assert_eq!(log(0.0), f64::NEG_INFINITY);
        assert!(log(-1.0).is_nan());
        assert_eq!(log2(8.0), 3.0);
        assert_eq!(log10(1000.0), 3.0);
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(1000.0), f64::INFINITY);
        assert_eq!((round(0.5), round(-0.5), round(2.5), round(0.49999999999999994)), (1.0, -1.0, 3.0, 0.0));
        assert_eq!((pow(2.0, -1.0), pow(0.0, -1.0), pow(-0.0, -1.0)), (0.5, f64::INFINITY, f64::NEG_INFINITY));
        assert_eq!(hypot(3.0, 4.0), 5.0);
        assert_eq!(atan2(0.0, -1.0), std::f64::consts::PI);
        assert!(sin(f64::INFINITY).is_nan());
        assert!(asin(2.0).is_nan());
    }

    #[test]
    fn names_are_unique_and_found() {
        for function in FUNCTIONS {
            assert_eq!(FUNCTIONS.iter().filter(|other| other.name == function.name).count(), 1, "{}", function.name);
            assert!(find(function.name).is_some());
        }
        assert!(find("no such function").is_none());
    }
}
