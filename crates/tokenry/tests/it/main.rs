//! The real server, started and asked as its clients do: one program, so that it is linked once. `kit` has what the
//! tests share; each other module is one subject.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod authorisation;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod chaos;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod forge;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod native;
#[cfg(test)]
mod remote;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod tanium;
#[cfg(test)]
mod verdicts;
#[cfg(test)]
mod walk_through;
