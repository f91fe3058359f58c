//! Has the crate built anew when the console was.

fn main() {
    println!("cargo::rerun-if-changed=../../console/dist");
    println!("cargo::rerun-if-changed=build.rs");
}
