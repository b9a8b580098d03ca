//! One program of all tests, so that the long ones run beside each other.

mod cards;
mod clean;
mod console;
mod device_tree;
mod faults;
mod ordinary;
mod ports;
mod trouble;
