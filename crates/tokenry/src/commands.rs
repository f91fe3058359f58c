//! What each command does, in a few lines each, and how it ends: with an exit code, errors on stderr.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::CommandFactory as _;
use serde_json::json;

use crate::cli::{Admin, CheckOutput, Cli, Command, Config, Place, Rules, Serve, ShowOutput};
use crate::config::{self, Inputs, Loaded, Problem, Problems};
use crate::system::SystemClock;
use crate::telemetry::Telemetry;
use crate::{admin, certificate, doctor, logging, output, remote, rules, serve};

/// The configuration is wrong.
const CONFIGURATION: u8 = 3;

/// Runs a command.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            if error.is::<Problems>() {
                ExitCode::from(CONFIGURATION)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn dispatch(cli: Cli) -> anyhow::Result<()> {
    let place = cli.place;
    match cli.command {
        Command::Serve(args) => run_server(&place, &args),
        Command::Config(Config::Check { output }) => check(&place, output),
        Command::Config(Config::Show { origin, output }) => show(&place, origin, output),
        Command::Config(Config::Default) => output::data(config::DEFAULT_FILE.trim_end()),
        Command::Admin(Admin::ResetPassword(args)) => {
            admin::reset_password(&started(&place)?.settings, &args)
        }
        Command::Admin(Admin::ResetClock) => admin::reset_clock(&started(&place)?.settings),
        Command::Admin(Admin::RotateKey) => admin::rotate_key(&started(&place)?.settings),
        Command::Rules(Rules::Test {
            method,
            url,
            output,
        }) => {
            let rules = config::load(&inputs(&place, None))?.settings.gate.rules;
            rules::test(&rules, &method, &url, output)
        }
        Command::Doctor(command) => doctor::run(&command),
        Command::Remote(command) => remote::run(&command, &|| made_here(&place)),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "tokenry", &mut io::stdout());
            Ok(())
        }
        Command::Manual { out } => manual(out.as_deref()),
        Command::Version => output::data(&format!("tokenry {}", env!("CARGO_PKG_VERSION"))),
    }
}

fn run_server(place: &Place, args: &Serve) -> anyhow::Result<()> {
    let loaded = config::load(&inputs(place, args.listen.as_deref()))?;
    let telemetry = Telemetry::start(&loaded.settings.telemetry)?;
    logging::start(&loaded.settings.log, telemetry.as_ref())?;
    if let Some(file) = &loaded.file {
        tracing::info!(file = %file.display(), "configuration read");
    }
    let password = args.admin_password_file.as_deref();
    let served = serve::run(&loaded.settings, password, telemetry.as_ref());
    if let Some(telemetry) = telemetry {
        telemetry.stop();
    }
    served
}

/// Configuration and log, without which nothing else begins.
fn started(place: &Place) -> anyhow::Result<Loaded> {
    let loaded = config::load(&inputs(place, None))?;
    logging::start(&loaded.settings.log, None)?;
    Ok(loaded)
}

/// The certificate that a server on this machine made for itself, if one has.
fn made_here(place: &Place) -> Option<PathBuf> {
    // A configuration that is wrong keeps nobody from asking another server.
    let loaded = config::load(&inputs(place, None)).ok()?;
    let certificate = certificate::self_signed_in(&loaded.settings.data);
    certificate.is_file().then_some(certificate)
}

fn inputs(place: &Place, listen: Option<&str>) -> Inputs {
    Inputs {
        config: place.config.clone(),
        data: place.data.clone(),
        listen: listen.map(str::to_owned),
        environment: std::env::vars_os().collect(),
    }
}

fn check(place: &Place, output: CheckOutput) -> anyhow::Result<()> {
    let problems = match config::load(&inputs(place, None)) {
        Ok(loaded) => certificate_problem(&loaded).into_iter().collect(),
        Err(Problems(problems)) => problems,
    };
    if output == CheckOutput::Json {
        let report = json!({ "valid": problems.is_empty(), "problems": problems });
        output::data(&serde_json::to_string_pretty(&report)?)?;
    } else if problems.is_empty() {
        output::data("The configuration is valid.")?;
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Problems(problems).into())
    }
}

/// A given certificate is part of the configuration, so it is checked with it.
fn certificate_problem(loaded: &Loaded) -> Option<Problem> {
    let key = "server.tls_certificate";
    let error = certificate::check(&loaded.settings, &SystemClock).err()?;
    Some(Problem::of(key, loaded.origin(key), format!("{error:#}")))
}

fn show(place: &Place, origin: bool, output: ShowOutput) -> anyhow::Result<()> {
    let loaded = config::load(&inputs(place, None))?;
    output::data(&match output {
        ShowOutput::Toml => config::to_toml(&loaded, origin).trim_end().to_owned(),
        ShowOutput::Json => serde_json::to_string_pretty(&config::to_json(&loaded, origin))?,
    })
}

fn manual(out: Option<&Path>) -> anyhow::Result<()> {
    match out {
        Some(directory) => {
            std::fs::create_dir_all(directory)?;
            clap_mangen::generate_to(Cli::command(), directory)?;
        }
        None => clap_mangen::Man::new(Cli::command()).render(&mut io::stdout())?,
    }
    Ok(())
}
