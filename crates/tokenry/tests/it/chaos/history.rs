//! What was done to each token, as far as the one who did it was told, and a judge who compares that with what is found
//! after a crash. An operation that was answered must have happened; one that was not may have, but wholly: with its
//! line in the audit log, or not at all.

use std::collections::{BTreeMap, BTreeSet};

use super::audit::Event;

/// What can be done to a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Create,
    Delete,
    Disable,
    Enable,
}

/// What a token can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Absent,
    Disabled,
    Enabled,
}

impl Act {
    fn outcome(self) -> State {
        match self {
            Self::Create | Self::Enable => State::Enabled,
            Self::Delete => State::Absent,
            Self::Disable => State::Disabled,
        }
    }

    fn of(event: &Event) -> Option<Self> {
        match event.action.as_str() {
            "create_token" => Some(Self::Create),
            "delete_token" => Some(Self::Delete),
            "update_token" if event.reason == "token set to disabled" => Some(Self::Disable),
            "update_token" if event.reason == "token set to enabled" => Some(Self::Enable),
            _ => None,
        }
    }
}

/// Everything that one client did to one token, one after the other.
#[derive(Debug, Clone, Default)]
pub(super) struct Story {
    /// The token's audience, by which it is recognised even if nobody was told its id.
    pub(super) name: String,
    pub(super) id: Option<String>,
    pub(super) string: Option<String>,
    steps: Vec<Step>,
    /// What it may be now.
    states: BTreeSet<State>,
}

#[derive(Debug, Clone, Copy)]
struct Step {
    act: Act,
    was_answered: bool,
}

impl Story {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            states: BTreeSet::from([State::Absent]),
            ..Self::default()
        }
    }

    /// The operation was answered: it has happened.
    pub(super) fn did(&mut self, act: Act) {
        self.steps.push(Step {
            act,
            was_answered: true,
        });
        self.states = BTreeSet::from([act.outcome()]);
    }

    /// There was no answer.
    pub(super) fn attempted(&mut self, act: Act) {
        self.steps.push(Step {
            act,
            was_answered: false,
        });
        self.states.insert(act.outcome());
    }

    /// What it must be now, if that is known.
    pub(super) fn state(&self) -> Option<State> {
        let known = self.states.len() == 1;
        self.states.first().copied().filter(|_| known)
    }

    /// Whether it may still be there.
    pub(super) fn may_exist(&self) -> bool {
        self.states.iter().any(|state| *state != State::Absent)
    }

    pub(super) fn unanswered(&self) -> usize {
        self.steps.iter().filter(|step| !step.was_answered).count()
    }
}

/// What is found after a crash.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    /// Each token that is listed: its name, id and state.
    pub(super) listed: Vec<(String, String, State)>,
    /// Each token that was presented, by name, and whether it was granted.
    pub(super) presented: Vec<(String, bool)>,
    /// The whole audit log.
    pub(super) events: Vec<Event>,
}

/// What is wrong with what was found. Whatever was found of operations without an answer is the truth from then on.
pub(super) fn judge(stories: &mut [Story], found: &Found) -> Vec<String> {
    let mut wrong = numbering(&found.events);
    let mut listed = BTreeMap::new();
    for (name, id, state) in &found.listed {
        if listed.insert(name.as_str(), (id, *state)).is_some() {
            wrong.push(format!("{name} is listed twice"));
        }
    }
    let mut log: BTreeMap<&str, Vec<Act>> = BTreeMap::new();
    for event in &found.events {
        if let (Some(token), Some(act)) = (&event.token, Act::of(event)) {
            log.entry(token).or_default().push(act);
        }
    }
    let presented: BTreeMap<_, _> = found
        .presented
        .iter()
        .map(|(name, granted)| (name.as_str(), *granted))
        .collect();
    for story in &mut *stories {
        let name = &story.name;
        let there = listed.remove(name.as_str());
        let state = there.map_or(State::Absent, |(_, state)| state);
        if !story.states.contains(&state) {
            let may = &story.states;
            wrong.push(format!("{name} is {state:?} but may only be {may:?}"));
        }
        if let (Some((id, _)), None) = (there, &story.id) {
            story.id = Some(id.clone());
        }
        let acts = story.id.as_deref().and_then(|id| log.remove(id));
        let acts = acts.unwrap_or_default();
        if !fits(&acts, &story.steps) {
            let steps = &story.steps;
            wrong.push(format!("{name}: the log has {acts:?}, done was {steps:?}"));
        }
        let last = acts.last().map_or(State::Absent, |act| act.outcome());
        if last != state {
            wrong.push(format!("{name} is {state:?}, by the log {last:?}"));
        }
        let granted = presented.get(name.as_str());
        if granted.is_some_and(|granted| *granted != (state == State::Enabled)) {
            wrong.push(format!("{name} is {state:?}, but granted: {granted:?}"));
        }
        story.states = BTreeSet::from([state]);
    }
    wrong.extend(listed.keys().map(|name| format!("nobody made {name}")));
    wrong.extend(
        log.keys()
            .map(|id| format!("nobody made what is logged as {id}")),
    );
    wrong
}

/// The numbers of the log's lines count up from 1 without a gap.
fn numbering(events: &[Event]) -> Vec<String> {
    let counted = (1..).zip(events);
    let wrong = counted.filter(|(number, event)| *number != event.sequence);
    wrong
        .take(1)
        .map(|(number, event)| {
            format!("line {number} of the log has the number {}", event.sequence)
        })
        .collect()
}

/// Whether the log tells of all steps that were answered, in order, and of no others but such as were not answered.
fn fits(acts: &[Act], steps: &[Step]) -> bool {
    let Some((step, later)) = steps.split_first() else {
        return acts.is_empty();
    };
    let is_told = |(act, rest): (&Act, &[Act])| *act == step.act && fits(rest, later);
    acts.split_first().is_some_and(is_told) || (!step.was_answered && fits(acts, later))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(sequence: i64, action: &str, token: &str, reason: &str) -> Event {
        Event {
            sequence,
            action: action.to_owned(),
            token: Some(token.to_owned()),
            reason: reason.to_owned(),
        }
    }

    fn listed(name: &str, state: State) -> (String, String, State) {
        (name.to_owned(), format!("id of {name}"), state)
    }

    /// `a` was made; `b` made and deleted; `c` made and disabled; of `d` nobody knows whether it was made, of `e`
    /// whether it was deleted.
    fn stories() -> Vec<Story> {
        let story = |name: &str, done: &[Act], attempted: &[Act]| {
            let mut story = Story::new(name.to_owned());
            for act in done {
                story.did(*act);
            }
            if !done.is_empty() {
                story.id = Some(format!("id of {name}"));
            }
            for act in attempted {
                story.attempted(*act);
            }
            story
        };
        vec![
            story("a", &[Act::Create], &[]),
            story("b", &[Act::Create, Act::Delete], &[]),
            story("c", &[Act::Create, Act::Disable], &[]),
            story("d", &[], &[Act::Create]),
            story("e", &[Act::Create], &[Act::Delete]),
        ]
    }

    /// As it should be; `d` was made, `e` not deleted.
    fn sound() -> Found {
        let disabled = "token set to disabled";
        let presented = [("a", true), ("b", false), ("c", false), ("e", true)];
        Found {
            listed: vec![
                listed("a", State::Enabled),
                listed("c", State::Disabled),
                listed("d", State::Enabled),
                listed("e", State::Enabled),
            ],
            presented: presented
                .map(|(name, granted)| (name.to_owned(), granted))
                .into(),
            events: vec![
                event(1, "create_token", "id of a", ""),
                event(2, "create_token", "id of b", ""),
                event(3, "create_token", "id of c", ""),
                event(4, "delete_token", "id of b", ""),
                event(5, "create_token", "id of d", ""),
                event(6, "update_token", "id of c", disabled),
                event(7, "create_token", "id of e", ""),
            ],
        }
    }

    #[track_caller]
    fn finds(what: &str, change: impl FnOnce(&mut Found)) {
        let mut found = sound();
        change(&mut found);
        let wrong = judge(&mut stories(), &found);
        assert!(wrong.iter().any(|text| text.contains(what)), "{wrong:?}");
    }

    #[test]
    fn a_sound_history_is_found_sound_either_way() {
        assert_eq!(judge(&mut stories(), &sound()), [""; 0]);
        let mut other = sound();
        other.listed.retain(|(name, ..)| name == "a" || name == "c");
        other.presented.retain(|(name, _)| name != "e");
        other.events[4] = event(5, "create_token", "id of e", "");
        other.events[6] = event(7, "delete_token", "id of e", "");
        assert_eq!(judge(&mut stories(), &other), [""; 0]);
    }

    #[test]
    fn the_judge_finds_a_lost_creation() {
        finds("a is Absent", |found| drop(found.listed.remove(0)));
        finds("a: the log has []", |found| drop(found.events.remove(0)));
        finds("a is Enabled, but granted", |found| {
            found.presented[0].1 = false;
        });
    }

    #[test]
    fn the_judge_finds_a_revived_token() {
        finds("b is Enabled", |found| {
            found.listed.push(listed("b", State::Enabled));
        });
        finds("c is Enabled", |found| {
            found.listed[1] = listed("c", State::Enabled);
        });
        finds("b is Absent, but granted", |found| {
            found.presented[1].1 = true;
        });
    }

    #[test]
    fn the_judge_finds_half_an_operation() {
        finds("d is Enabled, by the log Absent", |found| {
            drop(found.events.remove(4));
        });
        finds("nobody made what is logged as id of d", |found| {
            drop(found.listed.remove(2));
        });
        finds("e is Absent, by the log Enabled", |found| {
            drop(found.listed.remove(3));
        });
        finds("e is Enabled, by the log Absent", |found| {
            found.events.push(event(8, "delete_token", "id of e", ""));
        });
    }

    #[test]
    fn the_judge_finds_gaps_doubles_and_strangers() {
        finds("line 3 of the log has the number 4", |found| {
            drop(found.events.remove(2));
        });
        finds("line 4 of the log has the number 3", |found| {
            found.events.insert(3, found.events[2].clone());
        });
        finds("nobody made x", |found| {
            found.listed.push(listed("x", State::Enabled));
        });
        finds("a is listed twice", |found| {
            found.listed.push(listed("a", State::Enabled));
        });
    }

    #[test]
    fn what_was_found_once_stays() {
        let mut stories = stories();
        assert_eq!(judge(&mut stories, &sound()), [""; 0]);
        assert_eq!(stories[3].state(), Some(State::Enabled));
        let mut later = sound();
        later.listed.remove(2);
        later.events[4] = event(5, "login", "", "");
        let wrong = judge(&mut stories, &later);
        assert!(
            wrong.iter().any(|text| text.contains("d is Absent")),
            "{wrong:?}"
        );
    }
}
