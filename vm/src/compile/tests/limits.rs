//! Much of everything: long chains, deep nesting, big literals, many variables.

use std::fmt::Write;

use super::Session;
use crate::bytecode::ops::Op;
use crate::bytecode::proto::Proto;
use crate::syntax::parser::DEPTH_MAX;

fn compile(text: &str) -> Box<Proto> {
    Session::new().compile(text).unwrap()
}

fn count(proto: &Proto, op: Op) -> usize {
    (0..proto.len()).filter(|&at| proto.word(at).op() == op).count()
}

#[test]
fn left_spines_have_any_length() {
    const LENGTH: usize = 100_000;
    let proto = compile(&format!("let x = 1{}", " + 1".repeat(LENGTH)));
    // The constant goes out of reach on the way.
    assert_eq!(count(&proto, Op::AddK) + count(&proto, Op::Add), LENGTH);
    assert!(count(&proto, Op::Add) > 0);
    assert!(proto.frame_size <= 3, "{} registers", proto.frame_size);
    assert_eq!(count(&compile(&format!("let x = 1{}", " and 1".repeat(LENGTH))), Op::JumpIfNot), LENGTH);
    assert_eq!(count(&compile(&format!("let x = 'a'{}", " + 'b'".repeat(LENGTH))), Op::Add), LENGTH);
    assert_eq!(
        count(&compile(&format!("let x\nif x{} then x = 1 end", " or x".repeat(LENGTH))), Op::GetGlobal),
        LENGTH + 1
    );
    assert_eq!(count(&compile(&format!("let x = [1]{}", "[0]".repeat(LENGTH))), Op::GetIndex), LENGTH);
    assert_eq!(count(&compile(&format!("fn f() end\nf{}", "()".repeat(LENGTH))), Op::Call), LENGTH);
    let proto = compile(&format!("let x = 'a'{}", ".trim()".repeat(LENGTH)));
    assert_eq!(count(&proto, Op::CallMethod), LENGTH);
    assert_eq!(proto.frame_size, 3);
}

#[test]
fn nesting_is_as_deep_as_the_parser_takes() {
    let levels = DEPTH_MAX as usize - 10;
    for (open, close) in [("[", "]"), ("print(1, ", ")"), ("x(1, ", ")"), ("x[", "]"), ("'a'.len(", ")")] {
        compile(&format!("let x = {}1{}", open.repeat(levels), close.repeat(levels)));
    }
    let levels = levels / 2;
    for (open, close) in [("(1 + ", ")"), ("-(", ")"), ("(if ", " then 1 else 2 end)"), ("(1 and ", ")")] {
        compile(&format!("let x = {}1{}", open.repeat(levels), close.repeat(levels)));
    }
    compile(&format!("{}{}", "if true then ".repeat(levels), "end ".repeat(levels)));
    compile(&format!("{}{}", "while true do ".repeat(levels), "end ".repeat(levels)));
    compile(&format!("{}{}", "fn f() return fn() ".repeat(levels / 2), "end end ".repeat(levels / 2)));
}

#[test]
fn array_literals_of_any_length() {
    let proto = compile(&format!("let x = [{}]", "1, ".repeat(100_000)));
    assert_eq!(count(&proto, Op::NewArray), 1);
    assert_eq!(count(&proto, Op::ExtendArray), 100_000 / 128);
    assert!(proto.frame_size < 140, "{} registers", proto.frame_size);
    let proto = compile("fn f(x) x = [1] end");
    assert_eq!(count(&proto.protos[0], Op::Move), 0);
}

#[test]
fn dict_literals_of_any_length() {
    let proto = compile(&format!("let x = {{{}}}", "a: 1, ".repeat(100_000)));
    assert_eq!(count(&proto, Op::NewDict), 1);
    assert_eq!(count(&proto, Op::ExtendDict), 200_000 / 128);
    assert!(proto.frame_size < 140, "{} registers", proto.frame_size);
    let proto = compile("fn f(x) x = {a: 1} end");
    assert_eq!(count(&proto.protos[0], Op::Move), 0);
}

#[test]
fn interpolated_strings_of_any_length() {
    let proto = compile(&format!("let x = \"{}\"", "${1}, ".repeat(10_000)));
    assert!(proto.frame_size < 70, "{} registers", proto.frame_size);
    assert!(count(&proto, Op::Concat) > 300);
}

#[test]
fn constants_out_of_reach_go_through_a_register() {
    let mut text = String::from("fn f(x)\n x = x + 0.5\n");
    for number in 0..70_000 {
        let _ = writeln!(text, " x = x + {number}.25");
    }
    text.push_str(" x = x + 0.5\n if x == 0.5 then x = 1 end\n for i, j in 0..x do end\nend");
    let proto = compile(&text);
    let function = &proto.protos[0];
    assert!(count(function, Op::AddK) > 30_000);
    assert_eq!(count(function, Op::AddK) + count(function, Op::Add), 70_003);
    assert_eq!(count(function, Op::LoadConst), count(function, Op::Add));
}

#[test]
fn too_many_variables() {
    let text: String = (0..10_001).map(|number| format!(" let v{number} = {number}\n")).collect();
    let messages = Session::new().compile(&format!("fn f()\n{text}end\nfn g()\n{text}end")).unwrap_err();
    assert_eq!(messages.matches("error: this function needs too many registers").count(), 2, "{messages}");
    let text: String = (0..10_000).map(|number| format!(" let v{number} = nil\n")).collect();
    compile(&format!("fn f()\n{text}end"));
}

#[test]
fn too_many_parameters_and_arguments() {
    let params: Vec<String> = (0..300).map(|number| format!("p{number}")).collect();
    let proto = compile(&format!("fn f({0}) return f({0}) end", params.join(", ")));
    assert_eq!(proto.protos[0].params, 300);
    assert_eq!(proto.protos[0].word(0).params(), crate::bytecode::word::PARAMS_SLOW);
    let params: Vec<String> = (0..70_000).map(|number| format!("p{number}")).collect();
    for text in [format!("fn f({}) end", params.join(", ")), format!("print({})", "1, ".repeat(70_000))] {
        let messages = Session::new().compile(&text).unwrap_err();
        assert!(messages.contains("too many registers"));
    }
}

#[test]
fn too_many_globals() {
    let text: String = (0..65_540).map(|number| format!("let v{number} = 1\n")).collect();
    let messages = Session::new().compile(&text).unwrap_err();
    assert_eq!(messages.matches("error: too many globals: 65536 are possible").count(), 1, "{messages}");
}
