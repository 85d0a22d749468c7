//! A connection for the writes of one request: each statement by itself, or all of them or none. Does not know what is written.

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, Postgres};
use sqlx::{Connection, Transaction};
use tokio::sync::OwnedSemaphorePermit;

use super::{Connections, LinksDatabase, StoreError};
use crate::limits;

/// Dropped before [`Session::commit`], a transaction leaves nothing behind.
#[derive(Debug)]
pub struct Session {
    connections: Connections,
    held: Held,
    _place: Option<OwnedSemaphorePermit>,
}

#[derive(Debug)]
enum Held {
    EachByItself(PoolConnection<Postgres>),
    AllOrNone(Transaction<'static, Postgres>),
}

impl Held {
    fn connection(&mut self) -> &mut PgConnection {
        match self {
            Self::EachByItself(connection) => connection,
            Self::AllOrNone(transaction) => transaction,
        }
    }
}

impl LinksDatabase {
    /// Every statement is committed as it ends: what is one statement needs no more than one round trip. The place is theirs
    /// who wait in [`LinksDatabase::in_turn`].
    pub async fn session_in_turn(&self) -> Result<Session, StoreError> {
        let connection = self.0.run_in_place(self.0.pool.acquire()).await?;
        Ok(Session { connections: self.0.clone(), held: Held::EachByItself(connection), _place: None })
    }

    /// Nothing is kept until [`Session::commit`].
    pub async fn transaction(&self) -> Result<Session, StoreError> {
        let place = self.0.place()?;
        let transaction = self.0.run_in_place(self.0.pool.begin()).await?;
        let connections = Connections { operation_timeout: limits::IN_TRANSACTION, ..self.0.clone() };
        Ok(Session { connections, held: Held::AllOrNone(transaction), _place: Some(place) })
    }
}

impl Session {
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.held {
            Held::EachByItself(_) => Ok(()),
            Held::AllOrNone(transaction) => self.connections.run_in_place(transaction.commit()).await,
        }
    }

    pub(super) async fn run<T>(
        &mut self,
        operation: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        self.connections.run_in_place(operation(self.held.connection())).await
    }

    /// Where the operation fails, the transaction goes on as if it had never begun.
    pub(super) async fn run_or_undo<T>(
        &mut self,
        operation: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        match &mut self.held {
            Held::EachByItself(connection) => self.connections.run_in_place(operation(connection)).await,
            Held::AllOrNone(transaction) => {
                let undoable = async {
                    let mut savepoint = transaction.begin().await?;
                    let result = operation(&mut savepoint).await?;
                    savepoint.commit().await?;
                    Ok(result)
                };
                self.connections.run_in_place(undoable).await
            }
        }
    }
}
