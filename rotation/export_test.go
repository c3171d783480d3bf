package rotation

// Hashed lets tests claim accounts as other runners do.
var Hashed = hashed
