//! What stands in an attribute: `key`, `key = value` and `key(…)`, separated by commas.

use crate::fault::Faults;
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, LitInt, LitStr, Meta, Token, Type};
use terrane_core::text::closest;

/// One of them.
pub(crate) struct Item {
    pub(crate) key: Ident,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    /// `key`.
    None,
    /// `key = value`.
    Is(TokenStream),
    /// `key(…)`.
    List(TokenStream),
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Item> {
        // A keyword may be a key: `virtual`, `crate`.
        let key = name(input)?;
        let value = if input.is_empty() {
            Value::None
        } else if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            if input.is_empty() {
                return Err(syn::Error::new(key.span(), format!("`{key} =` is followed by nothing")));
            }
            Value::Is(input.parse()?)
        } else if input.peek(syn::token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            Value::List(content.parse()?)
        } else {
            return Err(input.error(format!("expected `,`, `=` or `(` after `{key}`")));
        };
        if !input.is_empty() {
            return Err(input.error("expected `,`"));
        }
        Ok(Item { key, value })
    }
}

fn name(input: ParseStream<'_>) -> syn::Result<Ident> {
    let name = input.call(Ident::parse_any);
    name.map_err(|error| syn::Error::new(error.span(), "expected a name"))
}

/// The items of all attributes of that name.
pub(crate) fn items_of(attributes: &[Attribute], name: &str, faults: &mut Faults) -> Vec<Item> {
    let mut all = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(name)) {
        match &attribute.meta {
            Meta::List(list) => all.extend(items(list.tokens.clone(), faults)),
            Meta::Path(path) => faults.push_error(syn::Error::new_spanned(path, format!("`{name}` says nothing"))),
            Meta::NameValue(pair) => {
                faults.push_error(syn::Error::new_spanned(pair, format!("write `#[{name}(…)]`")));
            }
        }
    }
    all
}

/// The items of a list. One that cannot be read does not keep the others from being read.
pub(crate) fn items(tokens: TokenStream, faults: &mut Faults) -> Vec<Item> {
    let read = |part| syn::parse2::<Item>(part).map_err(|error| faults.push_error(error)).ok();
    split(tokens).into_iter().filter_map(read).collect()
}

/// What stands between commas.
pub(crate) fn split(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = vec![TokenStream::new()];
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => parts.push(TokenStream::new()),
            token => parts
                .last_mut()
                .into_iter()
                .for_each(|part| part.extend([token.clone()])),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// A text, or a name, with its place.
#[derive(Clone)]
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) span: Span,
}

impl Item {
    pub(crate) fn span(&self) -> Span {
        self.key.span()
    }

    /// The key as it is written.
    pub(crate) fn name(&self) -> String {
        self.key.unraw().to_string()
    }

    fn refuse<T>(&self, form: &str, faults: &mut Faults) -> Option<T> {
        faults.push(self.span(), format!("write `{form}`"));
        None
    }

    /// Of `key`.
    pub(crate) fn flag(&self, faults: &mut Faults) -> Option<Span> {
        match self.value {
            Value::None => Some(self.span()),
            _ => self.refuse(&self.name(), faults),
        }
    }

    /// Of `key = "text"`.
    pub(crate) fn text(&self, faults: &mut Faults) -> Option<Text> {
        let Some(text) = self.parsed::<LitStr>() else {
            return self.refuse(&format!("{} = \"…\"", self.name()), faults);
        };
        if text.value().trim().is_empty() {
            faults.push(text.span(), format!("`{}` is empty", self.name()));
            return None;
        }
        Some(Text {
            text: text.value(),
            span: text.span(),
        })
    }

    /// Of `key` or `key = "text"`.
    pub(crate) fn flag_or_text(&self, faults: &mut Faults) -> Option<Option<Text>> {
        match self.value {
            Value::None => Some(None),
            Value::Is(_) => self.text(faults).map(Some),
            Value::List(_) => self.refuse(&format!("{0}` or `{0} = \"…\"", self.name()), faults),
        }
    }

    /// Of `key = 20`.
    pub(crate) fn number(&self, faults: &mut Faults) -> Option<(u32, Span)> {
        let number = self.parsed::<LitInt>();
        match number.and_then(|number| Some((number.base10_parse().ok()?, number.span()))) {
            Some(number) => Some(number),
            None => self.refuse(&format!("{} = 20", self.name()), faults),
        }
    }

    /// Of `key = path::To::Type`.
    pub(crate) fn ty(&self, faults: &mut Faults) -> Option<Type> {
        match self.parsed() {
            Some(ty @ Type::Path(_)) => Some(ty),
            _ => self.refuse(&format!("{} = path::To::Struct", self.name()), faults),
        }
    }

    fn parsed<T: Parse>(&self) -> Option<T> {
        match &self.value {
            Value::Is(tokens) => syn::parse2(tokens.clone()).ok(),
            _ => None,
        }
    }

    /// The items of `key(…)`.
    pub(crate) fn list(&self, form: &str, faults: &mut Faults) -> Option<Vec<Item>> {
        match &self.value {
            Value::List(tokens) => Some(items(tokens.clone(), faults)),
            _ => self.refuse(form, faults),
        }
    }

    /// Of `key(a, b)` or `key = [a, b]`: names.
    pub(crate) fn names(&self, faults: &mut Faults) -> Option<Vec<Text>> {
        let parts = self.keys(faults)?;
        let names = parts.into_iter().filter_map(|part| match part {
            IndexKey::Field(name) => Some(name),
            IndexKey::Sql(text) => {
                faults.push(text.span, "name a field, without quotes");
                None
            }
        });
        Some(names.collect())
    }

    /// Of `key(a, "lower(b) DESC")` or `key = [a, "lower(b) DESC"]`: names, and texts.
    pub(crate) fn keys(&self, faults: &mut Faults) -> Option<Vec<IndexKey>> {
        let bracketed = || {
            self.parsed()
                .filter(|group: &Group| group.delimiter() == Delimiter::Bracket)
        };
        let tokens = match &self.value {
            Value::List(tokens) => Some(tokens.clone()),
            _ => bracketed().map(|group| group.stream()),
        };
        let Some(tokens) = tokens else {
            return self.refuse(&format!("{}(a, b)", self.name()), faults);
        };
        let parts = split(tokens);
        if parts.is_empty() {
            faults.push(self.span(), format!("`{}` names nothing", self.name()));
        }
        let read = |part: TokenStream| match IndexKey::parse.parse2(part) {
            Ok(key) => Some(key),
            Err(error) => {
                faults.push_error(error);
                None
            }
        };
        Some(parts.into_iter().filter_map(read).collect())
    }
}

/// A field, or SQL.
pub(crate) enum IndexKey {
    Field(Text),
    Sql(Text),
}

impl IndexKey {
    fn parse(input: ParseStream<'_>) -> syn::Result<IndexKey> {
        if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            return Ok(IndexKey::Sql(Text {
                text: text.value(),
                span: text.span(),
            }));
        }
        let name = name(input)?;
        if !input.is_empty() {
            return Err(input.error("expected `,`; SQL stands in quotes"));
        }
        Ok(IndexKey::Field(Text {
            text: name.unraw().to_string(),
            span: name.span(),
        }))
    }
}

/// Takes a value for a slot that is to be filled once.
pub(crate) fn once<T>(slot: &mut Option<T>, item: &Item, value: Option<T>, faults: &mut Faults) {
    if slot.is_some() {
        faults.push(item.span(), format!("`{}` is said twice", item.name()));
    } else {
        *slot = value;
    }
}

/// Refuses a key that means nothing in `place`.
pub(crate) fn unknown(item: &Item, place: &str, known: &[&str], faults: &mut Faults) {
    let name = item.name();
    let hint = match closest(&name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? "),
        None => String::new(),
    };
    faults.push(
        item.span(),
        format!(
            "`{name}` means nothing in {place}; {hint}known are `{}`",
            known.join("`, `")
        ),
    );
}
