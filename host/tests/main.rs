//! One program of all tests, so that the long ones run beside each other.

mod about;
mod binary;
mod captures;
mod common;
mod compare;
mod complaints;
mod console;
mod console_binary;
mod formats;
mod interrupt;
mod json;
mod lab;
mod list;
mod page;
mod reconnect;
mod repeat;
mod replay;
mod reset;
mod rules;
mod session;
mod sessions;
mod shell;
mod terminal;
mod transports;
mod unsafe_code;
mod verdicts;
