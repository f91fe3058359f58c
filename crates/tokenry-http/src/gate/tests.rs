//! The gate's answers, whole.
