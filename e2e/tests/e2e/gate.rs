//! Links with `max_clicks`: never followed too often, even by concurrent visitors and while origins die.

use anyhow::{Context, Result, ensure};
use e2e::{Answer, Link, eventually, send};
use futures_util::future::join_all;
use libtest_mimic::Trial;
use local_stack::{OriginMode, StackOptions};
use reqwest::Method;
use serde_json::json;

use crate::shared::{System, on_own_stack, on_shared_stack};

const DESTINATION: &str = "https://example.com/for-few-eyes";

pub fn trials() -> Vec<Trial> {
    vec![
        on_shared_stack("max_clicks_holds_for_forty_concurrent_visits", concurrent_visits),
        on_shared_stack("bots_and_previews_do_not_use_up_max_clicks", bots),
        on_shared_stack("password_is_checked_before_max_clicks", behind_a_password),
        on_shared_stack("erasing_clicks_resets_max_clicks", erased),
        on_own_stack("max_clicks_answers_503_without_origins", two_of_each, without_origins),
        on_own_stack("max_clicks_holds_while_origins_are_killed", two_of_each, origins_killed),
    ]
}

fn two_of_each() -> StackOptions {
    StackOptions {
        origins: OriginMode::Servers(2),
        edges: 2,
        client_address: Some("127.0.0.1".to_owned()),
        ..StackOptions::default()
    }
}

async fn limited(system: &System, max_clicks: u64) -> Result<Link> {
    system.client.create(json!({ "url": DESTINATION, "max_clicks": max_clicks })).await
}

/// Sends half of the visits to each of two edges.
async fn visit_concurrently(system: &System, link: &Link, count: usize) -> Vec<Result<Answer>> {
    let edge = |number: usize| if number.is_multiple_of(2) { &system.client } else { &system.other_edge };
    join_all((0..count).map(|number| edge(number).follow(link))).await
}

fn count(answers: &[Result<Answer>], status: u16) -> usize {
    answers.iter().flatten().filter(|answer| answer.status == status).count()
}

async fn concurrent_visits(system: &System) -> Result<()> {
    for limit in [1, 1, 5, 20] {
        let link = limited(system, limit).await?;
        let limit = usize::try_from(limit)?;
        let answers = visit_concurrently(system, &link, 40).await;
        let (followed, refused) = (count(&answers, 302), count(&answers, 410));
        ensure!((followed, refused) == (limit, 40 - limit), "{limit}: {answers:?}");
        ensure!(
            visit_concurrently(system, &link, 2).await.iter().flatten().all(|answer| answer.status == 410)
        );
        system.client.wait_for_clicks(&link, limit.try_into()?).await?;
    }
    Ok(())
}

async fn bots(system: &System) -> Result<()> {
    let link = limited(system, 1).await?;
    let path = format!("/{}", link.code);
    let user_agent = "user-agent";
    for (method, path, header, value, status) in [
        (Method::HEAD, path.clone(), "accept", "*/*", 200),
        (Method::GET, format!("{path}+"), "accept", "*/*", 200),
        (Method::GET, path.clone(), user_agent, "Mozilla/5.0 (compatible; Googlebot/2.1)", 200),
        (Method::GET, path.clone(), user_agent, "facebookexternalhit/1.1", 200),
        (Method::GET, path.clone(), "x-purpose", "preview", 200),
        (Method::GET, path.clone(), "sec-purpose", "prefetch", 403),
    ] {
        for client in [&system.client, &system.other_edge] {
            let answer = send(client.request(method.clone(), &path).header(header, value)).await?;
            ensure!(answer.status == status, "{method} {path} {value}: {answer:?}");
            let response = format!("{:?}{}", answer.headers, answer.body);
            ensure!(!response.contains("for-few-eyes"), "{method} {path} {value}: {answer:?}");
        }
    }
    ensure!(system.other_edge.follow(&link).await?.header("location") == Some(DESTINATION));
    ensure!(system.client.follow(&link).await?.status == 410);
    system.client.wait_for_clicks(&link, 1).await
}

async fn behind_a_password(system: &System) -> Result<()> {
    let body = json!({ "url": DESTINATION, "max_clicks": 1, "password": "open sesame" });
    let link = system.client.create(body).await?;
    let path = format!("/{}", link.code);
    let open = async |password: &str| {
        send(system.client.request(Method::POST, &path).form(&[("password", password)])).await
    };
    ensure!(system.client.follow(&link).await?.status == 403);
    ensure!(open("wrong").await?.status == 403);
    let opened = open("open sesame").await?;
    ensure!((opened.status, opened.header("location")) == (303, Some(DESTINATION)), "{opened:?}");
    let late = open("open sesame").await?;
    ensure!((late.status, late.header("location")) == (410, None), "{late:?}");
    Ok(())
}

async fn erased(system: &System) -> Result<()> {
    let link = limited(system, 1).await?;
    for _ in 0..2 {
        ensure!(system.client.follow(&link).await?.status == 302);
        eventually("the edge answers that the link is exhausted", async || {
            system.stack.edge.run_schedule().await?;
            Ok(system.other_edge.get(&format!("/{}+", link.code)).await?.status == 410)
        })
        .await?;
        let path = format!("/api/v1/links/{}/clicks", link.id);
        let erase = system.client.request(Method::DELETE, &path).bearer_auth(&system.stack.admin_key);
        let answer = send(erase).await?;
        ensure!(answer.status == 200, "{answer:?}");
        let propagation = answer.header("shortline-propagation").unwrap_or_default();
        ensure!(propagation.starts_with("published"), "{answer:?}");
        eventually("the other edge serves the link again", async || {
            Ok(system.other_edge.get(&format!("/{}+", link.code)).await?.status == 200)
        })
        .await?;
    }
    Ok(())
}

async fn without_origins(system: &System) -> Result<()> {
    let warm = limited(system, 3).await?;
    let cold = limited(system, 3).await?;
    ensure!(system.other_edge.follow(&warm).await?.status == 302);
    for origin in &system.stack.origins {
        origin.part.kill().await;
    }
    for link in [&warm, &cold] {
        for client in [&system.client, &system.other_edge] {
            let answer = client.follow(link).await?;
            ensure!((answer.status, answer.header("retry-after")) == (503, Some("5")), "{answer:?}");
            ensure!(
                answer.header("location").is_none() && !answer.body.contains("for-few-eyes"),
                "{answer:?}"
            );
        }
    }
    for origin in &system.stack.origins {
        origin.part.up().await?;
    }
    for (link, left) in [(&warm, 2), (&cold, 3)] {
        follow_until_exhausted(system, link, left).await?;
    }
    Ok(())
}

/// Follows the link until it is exhausted, and checks that `left` visits succeed.
async fn follow_until_exhausted(system: &System, link: &Link, left: usize) -> Result<()> {
    let mut followed = 0;
    eventually("the link is exhausted", async || {
        let answer = system.client.follow(link).await?;
        followed += usize::from(answer.status == 302);
        ensure!(matches!(answer.status, 302 | 410 | 503), "{answer:?}");
        Ok(answer.status == 410)
    })
    .await?;
    ensure!(followed == left, "{followed} visits were redirected, expected {left}");
    Ok(())
}

/// Counts the answers to visits of one link.
#[derive(Debug, Default, Clone, Copy)]
struct VisitCounts {
    followed: usize,
    /// No answer, or 503: the gate may have counted the visit before the answer was lost.
    lost: usize,
}

impl VisitCounts {
    fn record(&mut self, answers: &[Result<Answer>]) -> Result<()> {
        for answer in answers {
            match answer {
                Ok(answer) if answer.status == 302 => self.followed += 1,
                Ok(answer) if answer.status == 410 => {}
                Ok(answer) if answer.status == 503 => self.lost += 1,
                Ok(answer) => anyhow::bail!("{answer:?}"),
                Err(_) => self.lost += 1,
            }
        }
        Ok(())
    }
}

async fn origins_killed(system: &System) -> Result<()> {
    let mut links = Vec::new();
    for number in 0..50 {
        let limit = number % 20 + 1;
        links.push((limited(system, limit).await?, usize::try_from(limit)?, VisitCounts::default()));
    }
    let is_done = std::cell::Cell::new(false);
    let visiting = async {
        for round in links.chunks_mut(5) {
            // Forty concurrent visits to each of five links.
            let answers = join_all(round.iter().map(|(link, ..)| visit_concurrently(system, link, 40))).await;
            for ((.., counts), answers) in round.iter_mut().zip(&answers) {
                counts.record(answers)?;
            }
        }
        is_done.set(true);
        anyhow::Ok(())
    };
    let killing = async {
        let mut kills = 0;
        while !is_done.get() || kills == 0 {
            for origin in &system.stack.origins {
                origin.part.kill().await;
                origin.part.up().await?;
                kills += 1;
            }
        }
        anyhow::Ok(kills)
    };
    let (visited, kills) = futures_util::future::join(visiting, killing).await;
    visited?;
    println!("{} origins killed", kills?);
    let links_database = sqlx::postgres::PgPoolOptions::new().max_connections(1);
    let links_database = links_database.connect(&system.stack.links_database_url).await?;
    for (link, limit, counts) in &mut links {
        eventually("the link is exhausted", async || {
            let answers = visit_concurrently(system, link, 2).await;
            counts.record(&answers)?;
            Ok(count(&answers, 410) == 2)
        })
        .await?;
        let VisitCounts { followed, lost } = *counts;
        ensure!(followed <= *limit, "{followed} visits were redirected, limit {limit}");
        // Only a visit without a clear answer may have used up a click in vain.
        ensure!(
            *limit - followed <= lost,
            "{followed} of {limit} visits were redirected, though only {lost} failed"
        );
        let used = sqlx::query_scalar("SELECT used FROM link_gates WHERE link_id = $1::uuid").bind(&link.id);
        let used: i64 = used.fetch_one(&links_database).await.context("no gate")?;
        ensure!(usize::try_from(used)? == *limit, "the gate counts {used}, expected {limit}");
        system.client.wait_for_clicks(link, followed.try_into()?).await?;
    }
    Ok(())
}
