//! law_l5
