//! How the value at the end of a cell is shown.

use std::fmt::Debug;

/// What the kernel calls for the value of a cell's last line, here for all values that can be printed for debugging.
///
/// The kernel would print those by itself, but only after it has found out, by compiling the cell once in vain, that
/// they have no method of this name. A type with such a method of its own, like [`Picture`](crate::plot::Picture), keeps it.
pub trait Show {
    /// Writes the value to standard output as the kernel wants it, as an output of the type `text/plain`.
    fn evcxr_display(&self);
}

impl<T: Debug + ?Sized> Show for T {
    fn evcxr_display(&self) {
        show(&format!("{self:?}"));
    }
}

/// A cell that ends in a loop has the value `()`, which is no news.
fn show(text: &str) {
    if text != "()" {
        println!("EVCXR_BEGIN_CONTENT text/plain\n{text}\nEVCXR_END_CONTENT");
    }
}
