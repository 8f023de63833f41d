//! Layer kinds, their arguments and shape rules: the facts that the macro and the library share.
