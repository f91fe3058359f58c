//! Tokens in hex digits, of a user who acts as himself or as a persona, for use from anywhere or from a list.

use std::time::Instant;

use tokenry_core::{
    id::{ComputerGroupId, PersonaId, RoleNumber, UserId},
    principal::{Object, Persona, Stamp},
    token::{Origins, Token, address::Networks},
};

use super::{TARGET, TOKENS, beside, refusals, row, say_size};
use crate::{
    Run,
    random::Random,
    report::{Row, Target},
    town::{Presented, Town, user},
    versus::{Bytes, versus_hmac, versus_others},
};

/// Where half of the tokens may be used from: this machine, which is in the last one, and elsewhere.
pub(super) const TRUSTED: &str = "192.0.2.0/24,2001:db8::/32,127.0.0.0/8";

/// A persona that the holder of the tokens may act as.
const PERSONA: PersonaId = PersonaId::from_number(2001);

/// One that he may not.
pub(super) const FOREIGN_PERSONA: PersonaId = PersonaId::from_number(2002);

/// The number of the role `api-gateway-user`, which may use tokens.
const BEARER: RoleNumber = RoleNumber::from_number(20);

/// How much more a persona, or a list of addresses, may cost.
const SURCHARGE: Target = Target::AtMost(1.2);

/// A user who may not use tokens.
pub(super) fn stranger() -> UserId {
    UserId::from_number(2)
}

/// `jwt` stands for the bytes that are signed in a JWT.
pub(super) async fn rows(run: &Run, rounds: usize, jwt: &[u8]) -> anyhow::Result<Vec<Row>> {
    let begin = Instant::now();
    let mut town = found().await?;
    say_size(run, &town, "in hex digits", begin);
    let refused = refusals::all(&mut town).await?;
    for refusal in refused
        .into_iter()
        .chain(refusals::of_hex(&mut town).await?)
    {
        run.output.note(&format!("  {refusal}"));
    }
    let mut random = Random::new(1);
    let mut any = || random.below(town.tokens.len());
    let as_jwt = versus_hmac(&town, rounds, &mut any, Bytes::These(jwt)).await?;
    let own = versus_hmac(&town, rounds, &mut any, Bytes::Own).await?;
    let [plain, acting, listed, both] = Kind::ALL.map(|kind| kind.of(&town.tokens));
    let mut rows = vec![
        row(
            &as_jwt,
            "hex, 100,000 at random; HMAC of as many bytes as in a JWT",
            Some(TARGET),
        ),
        row(&own, "hex, 100,000 at random; HMAC of its own digits", None),
    ];
    for (what, subject) in [
        ("hex, as a persona", &acting),
        ("hex, with a list of 3 networks", &listed),
        ("hex, as a persona and with a list", &both),
    ] {
        let versus = versus_others(&town, rounds, &plain, subject).await?;
        rows.push(beside("verify", "without", &versus, what, Some(SURCHARGE)));
    }
    let revoked = refusals::revoked(&town).await?;
    run.output.note(&format!("  {revoked}"));
    Ok(rows)
}

/// A quarter of the tokens is of each.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Plain,
    Persona,
    List,
    Both,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Plain, Self::Persona, Self::List, Self::Both];

    fn shape(self, token: &mut Token, list: &Networks) {
        if matches!(self, Self::Persona | Self::Both) {
            token.persona = PERSONA;
        }
        if matches!(self, Self::List | Self::Both) {
            token.origins = Origins::Trusted(list.clone());
        }
    }

    /// Those of this kind.
    fn of(self, tokens: &[Presented]) -> Vec<Presented> {
        let kinds = Self::ALL.len();
        let ours = tokens.iter().skip(self as usize).step_by(kinds);
        ours.cloned().collect()
    }
}

async fn found() -> anyhow::Result<Town> {
    let mut town = Town::of_hex().await?;
    let personas = [
        (PERSONA, UserId::from_number(1)),
        (FOREIGN_PERSONA, stranger()),
    ];
    let personas = personas.map(|(id, who)| Object::Persona(persona(id, who)));
    let others = vec![user(stranger(), "stranger", &["user"])?];
    town.change(Vec::new(), personas.into(), others).await?;
    let mut tokens = Vec::new();
    for kind in Kind::ALL.iter().cycle().take(TOKENS as usize) {
        // Each has a list of its own, as if it was read from the store.
        let list = Networks::parse("", TRUSTED)?;
        tokens.push(town.draw(|token| kind.shape(token, &list))?);
    }
    town.add(tokens).await?;
    Ok(town)
}

fn persona(id: PersonaId, who: UserId) -> Persona {
    let stamp = Stamp {
        micros: 0,
        user: who,
        persona: PersonaId::DEFAULT,
    };
    Persona {
        id,
        name: format!("persona {id}"),
        display_name: String::new(),
        computer_group: ComputerGroupId::NO_COMPUTERS,
        roles: [BEARER].into(),
        users: [who].into(),
        user_groups: [].into(),
        require_reauthentication: false,
        metadata: String::new(),
        track_computer_id: false,
        track_computer_id_interval: Persona::MIN_INTERVAL,
        created: stamp,
        modified: stamp,
        deleted: false,
    }
}
