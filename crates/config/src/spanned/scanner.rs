//! Reads RON text into a [`Node`] tree: finds where each value begins and ends.
//!
//! Runs on the caller's thread. Policy: extents only. What a string or number means is left to
//! `ron`. Text that this scanner cannot follow, also because brackets are nested deeper than
//! [`DEEPEST`], gives the place of the bracket that was left open.

use super::tree::{Body, MapEntry, Node};

/// How deep brackets may be nested: what `ron` accepts at most. Text that `ron` refused near its beginning
/// is read on here, and each bracket takes of the stack.
const DEEPEST: usize = 128;

/// The tree of `text`; where it cannot be followed, the offset of the innermost open bracket.
pub(crate) fn tree(text: &str) -> Result<Node<'_>, Option<usize>> {
    let mut scanner = Scanner { text, pos: 0, open: Vec::new() };
    scanner.document().ok_or_else(|| scanner.open.last().copied())
}

struct Scanner<'t> {
    text: &'t str,
    pos: usize,
    /// Offsets of the brackets that are open at `pos`.
    open: Vec<usize>,
}

impl<'t> Scanner<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.pos..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos += c.len_utf8();
        Some(c)
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.pos += token.len();
        }
        found
    }

    fn eat_while(&mut self, keep: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c| !keep(c)).unwrap_or(rest.len());
        self.pos += end;
        rest.get(..end).unwrap_or_default()
    }

    /// Steps behind the next `end`.
    fn skip_past(&mut self, end: &str) -> Option<()> {
        self.pos += self.rest().find(end)? + end.len();
        Some(())
    }

    /// Whitespace and comments; block comments nest.
    fn skip_blank(&mut self) -> Option<()> {
        loop {
            self.eat_while(is_blank);
            if self.eat("//") {
                self.eat_while(|c| c != '\n');
            } else if self.eat("/*") {
                let mut depth = 1;
                while depth > 0 {
                    if self.eat("/*") {
                        depth += 1;
                    } else if self.eat("*/") {
                        depth -= 1;
                    } else {
                        self.bump()?;
                    }
                }
            } else {
                return Some(());
            }
        }
    }

    fn document(&mut self) -> Option<Node<'t>> {
        self.skip_blank()?;
        while self.eat("#") {
            self.attribute()?;
            self.skip_blank()?;
        }
        self.node()
    }

    /// The rest of `#![enable(…)]` or `#![type = "…"]`.
    fn attribute(&mut self) -> Option<()> {
        loop {
            match self.peek()? {
                '"' => self.leaf()?,
                ']' => return self.bump().map(|_| ()),
                _ => self.bump().map(|_| ())?,
            }
        }
    }

    fn node(&mut self) -> Option<Node<'t>> {
        self.skip_blank()?;
        let at = self.pos;
        let name = self.identifier();
        let end_of_name = self.pos;
        self.skip_blank()?;
        if name == "Some" && self.peek() == Some('(') {
            // Optional values may be written bare or wrapped; both are the same place.
            return self.items(")", Self::node)?.into_iter().next();
        }
        let body = match self.peek() {
            Some('(') => self.round()?,
            Some('[') if name.is_empty() => Body::List(self.items("]", Self::node)?),
            Some('{') if name.is_empty() => Body::Map(self.items("}", Self::pair)?),
            _ => {
                self.pos = end_of_name;
                if name.is_empty() {
                    self.leaf()?;
                }
                Body::Leaf
            }
        };
        Some(Node { at, text: self.text.get(at..self.pos)?, name, body, lost: Vec::new() })
    }

    fn round(&mut self) -> Option<Body<'t>> {
        let bracket = self.pos;
        self.pos += 1;
        self.skip_blank()?;
        let named = !self.identifier().is_empty() && {
            self.skip_blank()?;
            self.peek() == Some(':')
        };
        self.pos = bracket;
        Some(if named {
            Body::Fields(self.items(")", Self::field)?)
        } else {
            Body::Tuple(self.items(")", Self::node)?)
        })
    }

    /// Items with commas between, from the opening bracket under the cursor to `close`.
    fn items<T>(&mut self, close: &str, item: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        if self.open.len() >= DEEPEST {
            return None;
        }
        self.open.push(self.pos);
        self.pos += 1;
        let mut items = Vec::new();
        loop {
            self.skip_blank()?;
            if self.eat(close) {
                break;
            }
            items.push(item(self)?);
            self.skip_blank()?;
            if !self.eat(",") {
                if !self.eat(close) {
                    return None;
                }
                break;
            }
        }
        self.open.pop();
        Some(items)
    }

    /// `name: value`
    fn field(&mut self) -> Option<MapEntry<'t>> {
        let at = self.pos;
        let key = self.identifier().to_owned();
        Some(MapEntry { at, key, quoted: false, value: self.behind_colon()? })
    }

    /// `"key": value`
    fn pair(&mut self) -> Option<MapEntry<'t>> {
        let node = self.node()?;
        let content = ron::from_str::<String>(node.text).ok();
        let quoted = content.is_some();
        let key = content.unwrap_or_else(|| node.text.to_owned());
        Some(MapEntry { at: node.at, key, quoted, value: self.behind_colon()? })
    }

    fn behind_colon(&mut self) -> Option<Node<'t>> {
        self.skip_blank()?;
        if self.eat(":") { self.node() } else { None }
    }

    /// An identifier, plain or raw (`r#name`); empty where a value of another kind begins.
    fn identifier(&mut self) -> &'t str {
        const LITERALS: [&str; 7] = ["b\"", "b'", "br#", "br\"", "r\"", "r#\"", "r##"];
        if LITERALS.iter().any(|literal| self.rest().starts_with(literal)) {
            return "";
        }
        if self.eat("r#") {
            return self.eat_while(|c| c.is_alphanumeric() || "_.+-".contains(c));
        }
        if self.peek().is_some_and(|c| c.is_alphabetic() || c == '_') {
            return self.eat_while(|c| c.is_alphanumeric() || c == '_');
        }
        ""
    }

    /// A string, character or number, with whatever prefix.
    fn leaf(&mut self) -> Option<()> {
        if ["r", "br"].iter().any(|raw| self.eat(raw)) {
            let hashes = self.eat_while(|c| c == '#');
            return if self.eat("\"") { self.skip_past(&format!("\"{hashes}")) } else { None };
        }
        self.eat("b");
        match self.peek()? {
            quote @ ('"' | '\'') => {
                self.bump();
                loop {
                    match self.bump()? {
                        '\\' => self.bump().map(|_| ())?,
                        c if c == quote => return Some(()),
                        _ => {}
                    }
                }
            }
            _ => {
                let number = self.eat_while(|c| c.is_alphanumeric() || "_+-.=".contains(c));
                (!number.is_empty()).then_some(())
            }
        }
    }
}

/// What `ron` takes for whitespace.
fn is_blank(c: char) -> bool {
    let marks = ['\u{85}', '\u{200E}', '\u{200F}', '\u{2028}', '\u{2029}'];
    matches!(c, ' ' | '\t'..='\r') || marks.contains(&c)
}
