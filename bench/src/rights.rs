//! What many rights cost, and when: they are added up when a role changes, once for each user and persona, and never
//! when a token is verified.

mod many;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use tokenry_core::{
    change::Change,
    id::UserId,
    port::View as _,
    principal::{Principal, Role, World},
    verify::Verdict,
};

use self::many::{Holders, heavy_user, objects, roles};
use crate::{
    Run,
    machine::Watch,
    report::{Row, Target, Unit},
    rounds::Rounds,
    town::{Presented, Town},
    verify::beside,
    versus::versus_others,
};

/// How many tokens of each user are in memory.
const TOKENS: usize = 10_000;

const METHOD: &str = "users with 50 roles of 10 privileges on 4 of 200 content sets each, and 20 groups; or as many plain users, each with a\n  \
    persona of his own that has them. World::apply of a change of one of these roles; reference: the same with one user.\n  \
    Then verifications of tokens of such a user, against those of a plain one. Rounds in alternation, median of the ratios.";

pub(crate) async fn run(run: &Run) -> anyhow::Result<Vec<Row>> {
    run.output.heading("rights", METHOD);
    let mut rows = Vec::new();
    for holders in [Holders::Users, Holders::Personas] {
        for many in run.scale([1_000, 10_000].as_slice(), &[1_000]) {
            rows.push(change(run, holders, *many)?);
        }
    }
    rows.push(verify(run).await?);
    Ok(rows)
}

/// One change of a role, which moves the rights of all.
fn change(run: &Run, holders: Holders, many: u32) -> anyhow::Result<Row> {
    let mut one = many::world(holders, 1)?;
    let mut all = many::world(holders, many)?;
    let mut role = roles()?.pop().context("no role")?;
    let watch = Watch::begin(&[])?;
    let mut rounds = Rounds::default();
    let capability = role.details.grants.first().cloned().context("no grant")?;
    // The greatest worlds take a while.
    for number in 0..run.scale(8, 4).min(10_000 / many) {
        if number % 2 == 0 {
            role.details.grants.remove(&capability);
        } else {
            role.details.grants.insert(capability.clone());
        }
        let reference = apply(&mut one, &role);
        let subject = apply(&mut all, &role);
        rounds.push(reference.as_secs_f64() * 1e6, subject.as_secs_f64() * 1e6);
    }
    let untouched = apply(&mut all, &role);
    run.output.note(&format!(
        "  {many} {}: {:.0} ms for a change that changes nothing",
        holders.name(),
        untouched.as_secs_f64() * 1e3
    ));
    let each = f64::from(many);
    let (low, high) = rounds.spread();
    Ok(Row {
        bench: "rights",
        what: format!("change of a role, {many} {}: for each", holders.name()),
        reference: format!("of one {:.0} µs", rounds.reference()),
        subject: format!("{:.1} ms in all", rounds.subject() / 1e3),
        figure: rounds.ratio() / each,
        unit: Unit::Times,
        spread: (low / each, high / each),
        target: None,
        others: watch.others()?,
    })
}

fn apply(world: &mut World, role: &Role) -> Duration {
    let change = Change::RolePut(role.clone());
    let begin = Instant::now();
    world.apply(&change);
    begin.elapsed()
}

/// Verifications of two users' tokens, one plain, one with all those rights.
async fn verify(run: &Run) -> anyhow::Result<Row> {
    let mut town = Town::of_hex().await?;
    let (plain, heavy) = (UserId::from_number(1), many::user_id(0));
    let directory = objects(Holders::Users, 1);
    town.change(roles()?, directory, vec![heavy_user(0)?])
        .await?;
    let mut tokens = Vec::new();
    for owner in [plain, heavy].into_iter().cycle().take(2 * TOKENS) {
        tokens.push(town.draw(|token| token.owner = owner)?);
    }
    town.add(tokens).await?;
    let of = |owner| {
        let tokens = town.tokens.iter().filter(move |token| token.owner == owner);
        tokens.cloned().collect::<Vec<_>>()
    };
    let (reference, subject) = (of(plain), of(heavy));
    are_shared(&town, &subject).await?;
    let versus = versus_others(&town, run.scale(3000, 600), &reference, &subject).await?;
    let rights = &granted(&town, heavy)?.rights;
    run.output.note(&format!(
        "  the user has {} roles, and privileges on {} content sets",
        rights.roles().len(),
        rights.by_content_set(many::content_sets()).len()
    ));
    Ok(beside(
        "rights",
        "plain user",
        &versus,
        "verification with 50 roles and 20 groups",
        Some(Target::AtMost(1.2)),
    ))
}

/// Every verification hands out the very rights that the world holds: none makes its own.
async fn are_shared(town: &Town, tokens: &[Presented]) -> anyhow::Result<()> {
    let owner = tokens.first().context("no tokens")?.owner;
    let held = granted(town, owner)?;
    for token in tokens {
        let verdict = town.verdict(&token.text).await?;
        let Verdict::Granted(grant) = verdict else {
            anyhow::bail!("a good token is refused: {verdict:?}");
        };
        ensure!(
            Arc::ptr_eq(&grant.principal.rights, &held.rights),
            "a verification has added rights up"
        );
    }
    Ok(())
}

fn granted(town: &Town, owner: UserId) -> anyhow::Result<Arc<Principal>> {
    let world = town.memory.world();
    Ok(Arc::clone(world.principal(owner).context("no such user")?))
}
