//! A connection for the writes of one request, with autocommit or in one transaction. Does not know what is written.

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, Postgres};
use sqlx::{Connection, Transaction};
use tokio::sync::OwnedSemaphorePermit;

use super::database::{Connections, LinksDatabase};
use super::error::StoreError;
use crate::limits;

/// A transaction that is dropped before [`WriteSession::commit`] is rolled back.
#[derive(Debug)]
pub struct WriteSession {
    connections: Connections,
    mode: Mode,
    _permit: Option<OwnedSemaphorePermit>,
}

#[derive(Debug)]
enum Mode {
    Autocommit(PoolConnection<Postgres>),
    Transaction(Transaction<'static, Postgres>),
}

impl Mode {
    fn connection(&mut self) -> &mut PgConnection {
        match self {
            Self::Autocommit(connection) => connection,
            Self::Transaction(transaction) => transaction,
        }
    }
}

impl LinksDatabase {
    /// Commits every statement by itself: a single statement then needs one round trip. The requests that wait in
    /// [`LinksDatabase::run_batched`] hold the permits.
    pub async fn autocommit_session(&self) -> Result<WriteSession, StoreError> {
        let connection = self.0.run_admitted(self.0.pool.acquire()).await?;
        Ok(WriteSession { connections: self.0.clone(), mode: Mode::Autocommit(connection), _permit: None })
    }

    /// Rolls back unless [`WriteSession::commit`] is called.
    pub async fn transaction(&self) -> Result<WriteSession, StoreError> {
        let permit = self.0.admit()?;
        let transaction = self.0.run_admitted(self.0.pool.begin()).await?;
        let connections = self.0.with_operation_timeout(limits::TRANSACTION_STATEMENT_TIMEOUT);
        Ok(WriteSession { connections, mode: Mode::Transaction(transaction), _permit: Some(permit) })
    }
}

impl WriteSession {
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.mode {
            Mode::Autocommit(_) => Ok(()),
            Mode::Transaction(transaction) => self.connections.run_admitted(transaction.commit()).await,
        }
    }

    pub(super) fn is_transaction(&self) -> bool {
        matches!(self.mode, Mode::Transaction(_))
    }

    pub(super) async fn run<T>(
        &mut self,
        operation: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        self.connections.run_admitted(operation(self.mode.connection())).await
    }

    /// If the operation fails, the transaction continues as if it had not run.
    pub(super) async fn run_or_roll_back<T>(
        &mut self,
        operation: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        match &mut self.mode {
            Mode::Autocommit(connection) => self.connections.run_admitted(operation(connection)).await,
            Mode::Transaction(transaction) => {
                let with_savepoint = async {
                    let mut savepoint = transaction.begin().await?;
                    let result = operation(&mut savepoint).await?;
                    savepoint.commit().await?;
                    Ok(result)
                };
                self.connections.run_admitted(with_savepoint).await
            }
        }
    }
}
