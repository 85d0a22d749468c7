//! A small HTTP/1.1 server, one connection for each request, and the client that hands requests on.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// With its query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let mut words = line.split_whitespace().map(str::to_owned);
        let (method, path) = (words.next()?, words.next()?);
        let headers = headers(&mut reader)?;
        let mut request = Self { method, path, headers, body: Vec::new() };
        if request.header("expect").eq_ignore_ascii_case("100-continue") {
            (&mut &*stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
        }
        request.body = if request.header("transfer-encoding").contains("chunked") {
            chunks(&mut reader)?
        } else {
            let mut body = vec![0; request.header("content-length").parse().unwrap_or(0)];
            reader.read_exact(&mut body).ok()?;
            body
        };
        Some(request)
    }

    /// Sends it to a server on this machine.
    pub fn forward(&self, port: u16) -> Response {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        let own = ["connection", "content-length", "transfer-encoding", "expect"];
        for (name, value) in
            self.headers.iter().filter(|(name, _)| !own.contains(&name.to_lowercase().as_str()))
        {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("content-length: {}\r\nconnection: close\r\n\r\n", self.body.len()));
        stream.write_all(&[text.as_bytes(), &self.body].concat()).unwrap();
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let status = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        let headers = headers(&mut reader).unwrap();
        let is_chunked = headers
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case("transfer-encoding") && value == "chunked");
        let mut body = Vec::new();
        if is_chunked {
            body = chunks(&mut reader).unwrap();
        } else {
            reader.read_to_end(&mut body).unwrap();
        }
        Response { status, headers, body }
    }
}

fn headers(reader: &mut impl BufRead) -> Option<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { return Some(headers) };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

fn chunks(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let length = usize::from_str_radix(line.trim().split(';').next()?, 16).ok()?;
        let mut chunk = vec![0; length + 2];
        reader.read_exact(&mut chunk).ok()?;
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(&chunk[..length]);
    }
}

impl Response {
    pub fn new(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: body.into().into_bytes() }
    }

    fn write(&self, mut stream: &TcpStream) {
        let mut text = format!("HTTP/1.1 {} Status\r\n", self.status);
        let own = ["connection", "content-length", "transfer-encoding"];
        for (name, value) in
            self.headers.iter().filter(|(name, _)| !own.contains(&name.to_lowercase().as_str()))
        {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("content-length: {}\r\nconnection: close\r\n\r\n", self.body.len()));
        let _ = stream.write_all(&[text.as_bytes(), &self.body].concat());
    }
}

/// Returns the port. None from `answer` closes the connection without an answer. The threads end with the tests.
pub fn serve(answer: impl Fn(Request) -> Option<Response> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || {
                if let Some(response) = Request::read(&stream).and_then(|request| answer(request)) {
                    response.write(&stream);
                }
            });
        }
    });
    port
}
