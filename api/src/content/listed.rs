//! What a list holds, before it is cut into pages, and how it is best read and counted.

use praxis_entities::content;
use sea_orm::Condition;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, IntoCondition, Query, SelectStatement};

use super::kind::{self, Kind, KindFilter, Reading, Scope, Selected, counting, join_detail};
use super::visibility;
use crate::app::App;
use crate::graphql::errors::ApiError;
use crate::identity::Actor;

/// What a list holds.
pub struct Listed {
    /// Its rows.
    pub rows: Rows,
    /// What counts them.
    pub total: SelectStatement,
    /// The total, where it was needed to know how the rows are best read.
    pub counted: Option<i64>,
}

/// The rows of a list before they are cut into pages.
pub enum Rows {
    /// Those that fulfil this.
    Fulfilling(Condition),
    /// Those with these keys that are visible.
    Keys(Box<SelectStatement>),
}

impl Listed {
    /// What fulfils a filter, or all of a kind. `is_counted` says whether the total is wanted.
    ///
    /// # Errors
    /// As the filter; where the database is away.
    pub async fn new<K: Kind>(
        app: &App,
        actor: &Actor,
        filter: Option<&K::Filter>,
        is_counted: bool,
    ) -> Result<Self, ApiError> {
        let visible = || Condition::all().add(visibility::listed(actor));
        let Some(filter) = filter else {
            let all = visible().add(of_kind::<K>());
            return Ok(Self {
                total: counting().from(content::Entity).cond_where(all.clone()).take(),
                rows: Rows::Fulfilling(all),
                counted: None,
            });
        };
        let fulfilling = |reading| Ok::<_, ApiError>(visible().add(filter.condition(&Scope::read(app, reading))?));
        let selecting = |selected| filter.selecting(&Scope::whole(app), selected);
        let selected = (
            selecting(Selected::Count)?,
            selecting(Selected::CountAmong(Box::new(unlisted::<K>())))?,
            selecting(Selected::Keys)?,
        );
        let database = app.database.read();
        if let (Some(all), Some(hidden), Some(keys)) = selected {
            let total = difference(all, hidden);
            let (reading, counted) = if is_counted {
                let counted = kind::total(&total, database).await?;
                (Reading::of(counted), Some(counted))
            } else if filter.is_of_few() {
                (Reading::Few, None)
            } else {
                (Reading::of_found(keys.clone(), database).await?, None)
            };
            let rows = match reading {
                Reading::Walked => Rows::Fulfilling(fulfilling(reading)?.add(of_kind::<K>())),
                Reading::Few | Reading::Whole => Rows::Keys(Box::new(keys)),
            };
            return Ok(Self { rows, total, counted });
        }
        // The table of the kind, which is joined, says what they are. With that condition too, a planner without statistics
        // walks all content of the kind.
        let mut whole = fulfilling(Reading::Whole)?;
        if !K::Filter::COUNTED_BY_DETAIL {
            whole = whole.add(of_kind::<K>());
        }
        let mut total = counting().from(content::Entity).take();
        join_detail::<K>(&mut total);
        let reading = filter.reading(database).await?;
        let mut rows = fulfilling(reading)?;
        if reading == Reading::Walked {
            rows = rows.add(of_kind::<K>());
        }
        Ok(Self {
            rows: Rows::Fulfilling(rows),
            total: total.cond_where(whole).take(),
            counted: None,
        })
    }
}

fn of_kind<K: Kind>() -> Expr {
    Expr::col((content::Entity, content::Column::Kind)).eq(Expr::Constant(K::KIND.into()))
}

/// Selects the keys of content that fulfils this.
pub fn keys_of(condition: impl IntoCondition) -> SelectStatement {
    Query::select()
        .column((content::Entity, content::Column::Id))
        .from(content::Entity)
        .cond_where(condition)
        .take()
}

/// Selects the keys of what no list of a kind shows. That is little, so that leaving it out is cheaper than to read of each item
/// what its status is.
pub fn unlisted<K: Kind>() -> SelectStatement {
    keys_of(visibility::unlisted()).and_where(of_kind::<K>()).take()
}

/// What one statement counts less what another one does.
fn difference(all: SelectStatement, some: SelectStatement) -> SelectStatement {
    let counted = |statement: SelectStatement| Expr::SubQuery(None, Box::new(statement.into()));
    Query::select()
        .expr_as(counted(all).sub(counted(some)), Alias::new("total"))
        .take()
}
