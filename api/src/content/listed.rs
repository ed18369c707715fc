//! What a list holds, before it is cut into pages, and how it is best read and counted.

use praxis_entities::content;
use sea_orm::Condition;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, IntoCondition, Query, SelectStatement};

use super::kind::{self, Kind, KindFilter, Reading, Scope, Selected, counting, join_detail};
use super::visibility;
use crate::app::App;
use crate::graphql::errors::ApiError;
use crate::graphql::loader::LoadContext;
use crate::identity::Actor;

/// What a list holds.
pub struct Listed {
    /// Its rows.
    pub rows: Rows,
    /// What counts them.
    pub total: SelectStatement,
}

/// The rows of a list before they are cut into pages.
pub enum Rows {
    /// Those that fulfil this.
    Fulfilling(Condition),
    /// Those with these keys that are visible: where they turn out to be more than a few, better those that fulfil this.
    KeysOrFulfilling(Box<SelectStatement>, Condition),
}

impl Listed {
    /// What fulfils a filter, or all of a kind.
    ///
    /// # Errors
    /// As the filter; where the database is away.
    pub async fn new<K: Kind>(app: &App, actor: &Actor, filter: Option<&K::Filter>) -> Result<Self, ApiError> {
        let visible = || Condition::all().add(visibility::listed(actor));
        let Some(filter) = filter else {
            let all = visible().add(of_kind::<K>());
            return Ok(Self {
                total: counting().from(content::Entity).cond_where(all.clone()).take(),
                rows: Rows::Fulfilling(all),
            });
        };
        let fulfilling = |reading| Ok::<_, ApiError>(visible().add(filter.condition(&Scope::read(app, reading))?));
        let walked = || Ok::<_, ApiError>(fulfilling(Reading::Walked)?.add(of_kind::<K>()));
        if let Some(ByKeys { keys, total }) = ByKeys::of::<K>(app, filter)? {
            let rows = Rows::KeysOrFulfilling(Box::new(keys), walked()?);
            return Ok(Self { rows, total });
        }
        // The table of the kind, which is joined, says what they are. With that condition too, a planner without statistics
        // walks all content of the kind.
        let mut whole = fulfilling(Reading::Whole)?;
        if !K::Filter::COUNTED_BY_DETAIL {
            whole = whole.add(of_kind::<K>());
        }
        let mut total = counting().from(content::Entity).take();
        join_detail::<K>(&mut total);
        let rows = match filter.reading(app.database.read()).await? {
            Reading::Walked => walked()?,
            reading => fulfilling(reading)?,
        };
        Ok(Self {
            rows: Rows::Fulfilling(rows),
            total: total.cond_where(whole).take(),
        })
    }
}

/// What tables of a kind alone select of a filter.
struct ByKeys {
    keys: SelectStatement,
    /// Counts those that are listed.
    total: SelectStatement,
}

impl ByKeys {
    /// `None` where the filter asks for more than these tables have.
    fn of<K: Kind>(app: &App, filter: &K::Filter) -> Result<Option<Self>, ApiError> {
        let scope = Scope::whole(app);
        let Some(keys) = filter.selecting(&scope, Selected::Keys)? else {
            return Ok(None);
        };
        let all = filter.selecting(&scope, Selected::Count)?;
        let hidden = filter.selecting(&scope, Selected::CountAmong(Box::new(unlisted::<K>())))?;
        Ok(all.zip(hidden).map(|(all, hidden)| Self {
            keys,
            total: difference(all, hidden),
        }))
    }
}

/// Selects nothing yet, from narrow rows of what fulfils a filter and is listed; see [`KindFilter::narrow_rows`].
///
/// # Errors
/// As the filter.
pub fn narrow_rows<K: Kind>(context: &LoadContext, filter: &K::Filter) -> Result<Option<SelectStatement>, ApiError> {
    let rows = filter.narrow_rows(&Scope::whole(&context.app))?;
    let key = || Expr::col(kind::detail_key::<K>());
    Ok(rows.map(|mut rows| rows.and_where(key().not_in_subquery(unlisted::<K>())).take()))
}

/// Selects nothing yet, from `content` and the table of the kind, of what fulfils a filter and is listed.
///
/// # Errors
/// As the filter.
pub fn rows<K: Kind>(context: &LoadContext, filter: &K::Filter) -> Result<SelectStatement, ApiError> {
    let mut rows = Query::select().from(content::Entity).take();
    // The table of the kind says what they are. With a condition on the kind too, a planner without statistics walks all content of the
    // kind, for every parent.
    join_detail::<K>(&mut rows);
    rows.and_where(visibility::listed(&context.actor))
        .cond_where(filter.condition(&Scope::whole(&context.app))?);
    Ok(rows)
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
