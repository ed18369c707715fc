//! Relations that must not lead back to where they started: a part can't be the whole of its whole.

use std::collections::{HashMap, HashSet};

use praxis_entities::content_relation;
use praxis_entities::vocabulary::RelationKind;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

/// The relations that must be free of cycles.
pub const ACYCLIC: [RelationKind; 8] = [
    RelationKind::PartOf,
    RelationKind::AdaptedFrom,
    RelationKind::Follows,
    RelationKind::Member,
    RelationKind::TranslationOf,
    RelationKind::ChildFriendlyVersionOf,
    RelationKind::NewVersionOf,
    RelationKind::Repeats,
];

/// What an author is told of a cycle.
pub const MESSAGE: &str = "Following this relation from item to item leads back to the item; remove one of the steps.";

/// The field of a document that states the relation.
pub fn field_of(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::PartOf => "partOf",
        RelationKind::AdaptedFrom => "adaptedFrom",
        RelationKind::Follows => "follows",
        RelationKind::Member => "members",
        RelationKind::TranslationOf => "translationOf",
        RelationKind::ChildFriendlyVersionOf => "childFriendlyVersionOf",
        RelationKind::NewVersionOf => "newVersionOf",
        RelationKind::Repeats => "repeats",
        _ => "",
    }
}

/// The relations of one kind: from each item to the items it refers to.
pub type Edges = HashMap<Uuid, Vec<Uuid>>;

/// Finds a cycle, if there is one, and gives the items on it in order.
pub fn find_cycle(edges: &Edges) -> Option<Vec<Uuid>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        Open,
        Done,
    }
    let mut marks: HashMap<Uuid, Mark> = HashMap::new();
    for start in edges.keys() {
        if marks.contains_key(start) {
            continue;
        }
        // Walks depth first without recursion: each entry is an item and how many of its targets were visited.
        let mut path = vec![(*start, 0)];
        marks.insert(*start, Mark::Open);
        while let Some((item, visited)) = path.last_mut() {
            let next = edges.get(item).and_then(|targets| targets.get(*visited)).copied();
            *visited += 1;
            match next {
                None => {
                    marks.insert(*item, Mark::Done);
                    path.pop();
                }
                Some(target) => match marks.get(&target) {
                    Some(Mark::Open) => {
                        let on_cycle = path.iter().map(|(item, _)| *item).skip_while(|item| *item != target);
                        return Some(on_cycle.collect());
                    }
                    Some(Mark::Done) => {}
                    None => {
                        marks.insert(target, Mark::Open);
                        path.push((target, 0));
                    }
                },
            }
        }
    }
    None
}

/// Adds the relations of this kind that the database holds and that can be reached from the new ones. Items in `replaced`
/// state their relations anew, so what the database says of them does not count.
///
/// # Errors
/// Where the database is away.
pub async fn add_stored(
    connection: &impl ConnectionTrait,
    kind: RelationKind,
    edges: &mut Edges,
    replaced: &HashSet<Uuid>,
) -> Result<(), DbErr> {
    let frontier = edges.values().flatten().copied().collect();
    follow(connection, kind, edges, frontier, replaced.clone()).await
}

/// Whether relations of this kind lead from one of these items back to it, as the database has them now.
///
/// # Errors
/// Where the database is away.
pub async fn lead_back(
    connection: &impl ConnectionTrait,
    kind: RelationKind,
    items: &HashSet<Uuid>,
) -> Result<bool, DbErr> {
    let mut edges = Edges::new();
    let frontier = items.iter().copied().collect();
    follow(connection, kind, &mut edges, frontier, HashSet::new()).await?;
    // Where there is a cycle at all, it may be an old one that these items only lead to.
    Ok(find_cycle(&edges).is_some() && items.iter().any(|item| leads_back(&edges, *item)))
}

/// Whether an item lies on a cycle.
fn leads_back(edges: &Edges, item: Uuid) -> bool {
    let targets = |item: &Uuid| edges.get(item).into_iter().flatten().copied();
    let mut seen = HashSet::new();
    let mut waiting: Vec<Uuid> = targets(&item).collect();
    while let Some(next) = waiting.pop() {
        if next == item {
            return true;
        }
        if seen.insert(next) {
            waiting.extend(targets(&next));
        }
    }
    false
}

/// Adds the relations of this kind that the database holds and that can be reached from the items of the frontier, but for
/// those of items that were asked for before.
async fn follow(
    connection: &impl ConnectionTrait,
    kind: RelationKind,
    edges: &mut Edges,
    mut frontier: Vec<Uuid>,
    mut asked: HashSet<Uuid>,
) -> Result<(), DbErr> {
    loop {
        frontier.retain(|id| asked.insert(*id));
        if frontier.is_empty() {
            return Ok(());
        }
        let mut next = Vec::new();
        for chunk in frontier.chunks(500) {
            let rows: Vec<(Uuid, Uuid)> = content_relation::Entity::find()
                .select_only()
                .column(content_relation::Column::SourceId)
                .column(content_relation::Column::TargetId)
                .filter(content_relation::Column::Kind.eq(kind))
                .filter(content_relation::Column::SourceId.is_in(chunk.iter().copied()))
                .into_tuple()
                .all(connection)
                .await?;
            for (source, target) in rows {
                edges.entry(source).or_default().push(target);
                next.push(target);
            }
        }
        frontier = next;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(number: usize) -> Uuid {
        Uuid::from_u128(number as u128)
    }

    proptest! {
        #[test]
        fn relations_that_only_lead_onward_have_no_cycle(pairs in prop::collection::vec((0usize..50, 0usize..50), 0..200)) {
            let mut edges = Edges::new();
            for (a, b) in pairs {
                if a != b {
                    edges.entry(id(a.min(b))).or_default().push(id(a.max(b)));
                }
            }
            prop_assert_eq!(find_cycle(&edges), None);
            prop_assert!(!(0..50).any(|item| leads_back(&edges, id(item))));
        }

        #[test]
        fn an_item_that_only_leads_to_a_ring_does_not_lead_back(length in 1usize..20, entry in 0usize..20) {
            let ring = |place: usize| id(100 + place % length);
            let mut edges: Edges = (0..length).map(|place| (ring(place), vec![ring(place + 1)])).collect();
            edges.insert(id(0), vec![ring(entry)]);
            prop_assert!(!leads_back(&edges, id(0)));
            prop_assert!((0..length).all(|place| leads_back(&edges, ring(place))));
        }

        #[test]
        fn a_ring_among_other_relations_is_found(
            length in 1usize..20, pairs in prop::collection::vec((0usize..50, 0usize..50), 0..100)
        ) {
            let mut edges = Edges::new();
            for (a, b) in pairs {
                edges.entry(id(a)).or_default().push(id(b));
            }
            for place in 0..length {
                edges.entry(id(100 + place)).or_default().push(id(100 + (place + 1) % length));
            }
            let cycle = find_cycle(&edges).unwrap();
            for (place, item) in cycle.iter().enumerate() {
                let next = cycle[(place + 1) % cycle.len()];
                prop_assert!(edges[item].contains(&next), "each item leads to the next one");
            }
        }
    }
}
