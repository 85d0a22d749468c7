//! Draws pictures on blocking threads: the largest take a good part of a second, in which no request of that thread would go on.

use std::sync::LazyLock;

use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::QrRenderError;
use crate::limits::DRAWING_WAIT;

/// Half of the cores, so that lookups always have the others: anyone may ask for the pictures of links.
static PERMITS: LazyLock<Semaphore> = LazyLock::new(|| {
    Semaphore::new(std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2)))
});

#[derive(Debug, Error)]
pub(crate) enum DrawingError {
    #[error("too many pictures are being drawn")]
    Busy,
    #[error("drawing a QR code failed: {0}")]
    Failed(String),
}

/// Holds its permit until the picture is finished, even if the caller gives up.
pub(crate) async fn draw<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, QrRenderError> + Send + 'static,
) -> Result<T, DrawingError> {
    let permit = timeout(DRAWING_WAIT, PERMITS.acquire()).await;
    let permit = permit.map_err(|_| DrawingError::Busy)?.map_err(|_| DrawingError::Busy)?;
    let drawing = spawn_blocking(move || {
        let drawn = work();
        drop(permit);
        drawn
    });
    let failed = |error: &dyn std::error::Error| DrawingError::Failed(error.to_string());
    drawing.await.map_err(|error| failed(&error))?.map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn other_requests_go_on_while_a_picture_is_drawn() {
        let (sender, receiver) = mpsc::channel();
        let picture = draw(move || Ok(receiver.recv().unwrap()));
        let (picture, ()) = tokio::join!(picture, async { sender.send(7).unwrap() });
        assert_eq!(picture.unwrap(), 7);
    }
}
