//! A gate over the kit that the faces' tests have.
