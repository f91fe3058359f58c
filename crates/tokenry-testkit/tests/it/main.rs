//! Tests of the repository as a whole: one program, so that it is linked once.

#[cfg(test)]
mod house;
#[cfg(test)]
mod repository;
