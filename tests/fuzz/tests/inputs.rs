//! Every kept input, and drawn ones, through every way in.

#![allow(clippy::expect_used, reason = "a test may stop at what it cannot go on without")]

use std::fs;
use std::path::Path;

use fuzz::TARGETS;
use proptest::prelude::*;

#[test]
fn kept_inputs_break_no_promise() {
    for (name, target) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("inputs").join(name);
        let mut inputs = 0;
        for file in fs::read_dir(&folder).expect("a folder of inputs") {
            let path = file.expect("a file").path();
            println!("{}", path.display());
            target(&fs::read(&path).expect("read"));
            inputs += 1;
        }
        assert!(inputs > 0, "no inputs in {}", folder.display());
    }
}

proptest! {
    #[test]
    fn drawn_bytes_break_no_promise(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for (_, target) in TARGETS {
            target(&bytes);
        }
    }
}
