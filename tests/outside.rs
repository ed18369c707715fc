//! All tests from outside, each file of `tests/tests` as a module. One binary is linked once and runs the tests of all files
//! side by side; many would be linked one by one and each run only when the one before has ended.

include!(concat!(env!("OUT_DIR"), "/modules.rs"));
