//! Whole-bundle scenarios live in `tests/`.
