package storage

// OfTags is the store with rollups that are counted from the tags, as on databases of DECNET: what those
// read from sums are compared with.
func (s *Store) OfTags() *Store {
	return &Store{&shared{dialect: s.dialect, options: s.options, reads: s.reads, writes: s.writes, replicas: s.replicas}, s.from}
}
