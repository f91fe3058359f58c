//! The commands that ask a server: tokens, users, roles, settings, logs. They know it from outside, through its API, as
//! everybody else does.
//!
//! * `words`: what can be said, and its help. One file here a word does it.
//! * `reach`, `trust`, `kept`: which server, whom to trust, as whom.
//! * `client`, `failure`: an operation goes out and its answer comes in, or what a person is told instead.
//! * `print`, `pages`, `find`: tables and JSON, lists in pages, names for ids.
//!
//! Not here: what is allowed, and what the words mean; the server knows. Nothing here opens the database.

mod ask;
mod client;
mod failure;
mod find;
mod group;
mod kept;
mod logs;
mod pages;
mod persona;
mod print;
mod reach;
mod role;
mod session;
mod settings;
mod token;
mod trust;
mod user;
pub mod words;

pub use words::Remote;

pub(crate) use reach::MadeHere;

use client::Client;
use print::Printer;
use words::Reach;

/// A command at work: whom it asks, and how it prints.
struct Desk {
    client: Client,
    printer: Printer,
}

impl Desk {
    fn open(reach: &Reach, made_here: MadeHere<'_>) -> anyhow::Result<Self> {
        Ok(Self {
            client: reach::client(reach, made_here)?,
            printer: Printer::new(&reach.print),
        })
    }
}

/// Runs a command.
pub(crate) fn run(command: &Remote, made_here: MadeHere<'_>) -> anyhow::Result<()> {
    let desk = |reach| Desk::open(reach, made_here);
    match command {
        Remote::Token(token) => token::run(&desk(&token.reach)?, &token.command),
        Remote::User(user) => user::run(&desk(&user.reach)?, &user.command),
        Remote::Role(role) => role::run(&desk(&role.reach)?, &role.command),
        Remote::Persona(persona) => persona::run(&desk(&persona.reach)?, &persona.command),
        Remote::Group(group) => group::run(&desk(&group.reach)?, &group.command),
        Remote::Settings(settings) => settings::run(&desk(&settings.reach)?, &settings.command),
        Remote::Audit(audit) => logs::audit(&desk(&audit.reach)?, audit),
        Remote::Refusals(refusals) => logs::refusals(&desk(&refusals.reach)?, refusals),
        Remote::Login(login) => session::login(login, made_here),
        Remote::Logout(logout) => session::logout(logout, made_here),
        Remote::Whoami(whoami) => session::whoami(&desk(&whoami.reach)?),
    }
}
