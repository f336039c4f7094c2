package store

// OpenFS opens a store on another file system, for tests of crashes.
var OpenFS = openFS
