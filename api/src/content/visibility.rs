//! Which content a caller may see. Every statement that loads content asks here, and nowhere else is it decided.

use praxis_entities::content;
use praxis_entities::vocabulary::ContentStatus;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{Condition, Iterable, sea_query::SimpleExpr};

use crate::identity::Actor;
use crate::identity::permissions::Permission;

fn status() -> Expr {
    Expr::col((content::Entity, content::Column::Status))
}

/// What is listed, found and counted: what is published.
pub fn listed(_actor: &Actor) -> SimpleExpr {
    // Written into the statement, so that the planner knows how many rows it leaves.
    status().eq(Expr::Constant(ContentStatus::Published.into()))
}

/// What is not [`listed`].
pub fn unlisted() -> SimpleExpr {
    let others = ContentStatus::iter().filter(|status| *status != ContentStatus::Published);
    status().is_in(others.map(|status| Expr::Constant(status.into())))
}

/// What answers to its id, its slug or a citation: what is published, and the tombstones of what was retracted, so that
/// citations don't break. For people who decide on content also what is hidden, so that they can look at it, unless
/// they are limited from it.
pub fn addressable(actor: &Actor) -> Condition {
    let decides = actor.own(Permission::DecideOnContent).is_some();
    let mut statuses = vec![ContentStatus::Published, ContentStatus::Retracted];
    let limited = actor.remit().filter(|_| decides).map(|remit| {
        Condition::all()
            .add(status().eq(ContentStatus::Hidden))
            .add(remit.of_content())
    });
    if decides && limited.is_none() {
        statuses.push(ContentStatus::Hidden);
    }
    Condition::any().add(status().is_in(statuses)).add_option(limited)
}
