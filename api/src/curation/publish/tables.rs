//! How a batch reaches the tables.

use praxis_entities::vocabulary::ContentKind;
use praxis_entities::{
    ask, citation, commitment, content, content_concept, content_event, content_file, content_relation,
    content_translation, evidence, indicator_target, initiative, lesson, organization, organization_mechanism,
    practitioner, recommendation, recommending_country, reported_figure, resource,
};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IdenStatic, Iterable, PrimaryKeyToColumn, QueryFilter,
};
use uuid::Uuid;

use super::Publisher;
use crate::curation::rows::Rows;

/// How many rows one statement inserts.
const ROWS: usize = 200;

impl Publisher {
    /// Removes what the new revision states anew.
    pub(super) async fn clear(&self, replaced: &[(Uuid, ContentKind)]) -> Result<(), DbErr> {
        let all: Vec<Uuid> = replaced.iter().map(|(id, _)| *id).collect();
        self.delete::<content_translation::Entity>(content_translation::Column::ContentId, all.clone())
            .await?;
        self.delete::<content_concept::Entity>(content_concept::Column::ContentId, all.clone())
            .await?;
        self.delete::<content_relation::Entity>(content_relation::Column::SourceId, all.clone())
            .await?;
        self.delete::<citation::Entity>(citation::Column::ContentId, all)
            .await?;
        let of = |wanted: ContentKind| -> Vec<Uuid> {
            let found = replaced.iter().filter(|(_, kind)| *kind == wanted);
            found.map(|(id, _)| *id).collect()
        };
        let recommendations = of(ContentKind::Recommendation);
        self.delete::<recommending_country::Entity>(recommending_country::Column::ContentId, recommendations)
            .await?;
        let organizations = of(ContentKind::Organization);
        self.delete::<organization_mechanism::Entity>(organization_mechanism::Column::ContentId, organizations)
            .await?;
        let findings = of(ContentKind::Evidence);
        self.delete::<reported_figure::Entity>(reported_figure::Column::ContentId, findings)
            .await?;
        let resources = of(ContentKind::Resource);
        if !resources.is_empty() {
            // Earlier revisions still have them.
            content_file::Entity::update_many()
                .col_expr(content_file::Column::Position, Expr::value(None::<i32>))
                .filter(content_file::Column::ContentId.is_in(resources))
                .exec(&self.transaction)
                .await?;
        }
        for measured in [ContentKind::Initiative, ContentKind::Commitment] {
            self.delete::<indicator_target::Entity>(indicator_target::Column::ContentId, of(measured))
                .await?;
        }
        let initiatives = of(ContentKind::Initiative);
        self.delete::<ask::Entity>(ask::Column::InitiativeId, initiatives).await
    }

    /// Deletes the rows with these keys in a column.
    async fn delete<E: EntityTrait>(&self, column: E::Column, keys: Vec<Uuid>) -> Result<(), DbErr> {
        if keys.is_empty() {
            return Ok(());
        }
        E::delete_many()
            .filter(column.is_in(keys))
            .exec(&self.transaction)
            .await?;
        Ok(())
    }

    /// Writes the rows of a batch, after those that they refer to.
    pub(super) async fn insert(&self, rows: Rows) -> Result<(), DbErr> {
        self.upsert::<content::Entity>(rows.content).await?;
        self.upsert::<practitioner::Entity>(rows.practitioners).await?;
        self.upsert::<organization::Entity>(rows.organizations).await?;
        self.upsert::<initiative::Entity>(rows.initiatives).await?;
        self.upsert::<evidence::Entity>(rows.evidence).await?;
        self.upsert::<lesson::Entity>(rows.lessons).await?;
        self.upsert::<resource::Entity>(rows.resources).await?;
        self.upsert::<recommendation::Entity>(rows.recommendations).await?;
        self.upsert::<commitment::Entity>(rows.commitments).await?;
        self.upsert::<content_event::Entity>(rows.events).await?;
        self.upsert::<content_file::Entity>(rows.files).await?;
        self.insert_plain(rows.mechanisms).await?;
        self.insert_plain(rows.targets).await?;
        self.insert_plain(rows.recommending).await?;
        self.insert_plain(rows.asks).await?;
        self.insert_plain(rows.figures).await?;
        self.insert_plain(rows.translations).await?;
        self.insert_plain(rows.concepts).await?;
        self.insert_plain(rows.relations).await?;
        self.insert_plain(rows.citations).await
    }

    /// Inserts rows, or replaces those with the same key.
    async fn upsert<E>(&self, rows: Vec<E::ActiveModel>) -> Result<(), DbErr>
    where
        E: EntityTrait,
        E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    {
        let keys: Vec<E::Column> = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
        let key_names: Vec<String> = keys.iter().map(|key| key.as_str().to_owned()).collect();
        let others = E::Column::iter().filter(|column| !key_names.iter().any(|name| name == column.as_str()));
        let on_conflict = OnConflict::columns(keys).update_columns(others).to_owned();
        for chunk in rows.chunks(ROWS) {
            E::insert_many(chunk.to_vec())
                .on_conflict(on_conflict.clone())
                .exec_without_returning(&self.transaction)
                .await?;
        }
        Ok(())
    }

    /// Inserts rows that are not there yet.
    pub(super) async fn insert_plain<A>(&self, rows: Vec<A>) -> Result<(), DbErr>
    where
        A: ActiveModelTrait + Send,
    {
        for chunk in rows.chunks(ROWS) {
            A::Entity::insert_many(chunk.to_vec())
                .exec_without_returning(&self.transaction)
                .await?;
        }
        Ok(())
    }
}
