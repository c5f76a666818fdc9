package sample

// role describes an identity in the plan of a block.
type role struct {
	campaign  int
	attackers int
	merged    int // index of the role that it was merged into
	stub      bool
	differ    int  // number of primitives in which the two people who share it differ; 0 for one person
	first     bool // an oddity of the first block only; an ordinary role in the others
}

// identityPlan lists the identities of one block: a heavy one, a tail of identities with a single attacker, merges of
// every shape, and four that two people share.
var identityPlan = []role{
	0:  {campaign: 0, attackers: 28, merged: none, differ: 4},
	1:  {campaign: 0, attackers: 8, merged: 0},
	2:  {campaign: 1, attackers: 5, merged: 0}, // its campaign was merged, too
	3:  {campaign: 0, attackers: 8, merged: none},
	4:  {campaign: 0, attackers: 7, merged: none, differ: 2},
	5:  {campaign: 0, attackers: 5, merged: none},
	6:  {campaign: 0, attackers: 4, merged: 5},
	7:  {campaign: 0, attackers: 3, merged: none},
	8:  {campaign: 0, attackers: 3, merged: none},
	9:  {campaign: 0, attackers: 2, merged: none},
	10: {campaign: 0, attackers: 2, merged: none},
	11: {campaign: 0, attackers: 1, merged: none},
	12: {campaign: 0, attackers: 1, merged: none},
	13: {campaign: 1, attackers: 5, merged: none},
	14: {campaign: 1, attackers: 3, merged: none},
	15: {campaign: 1, attackers: 1, merged: none},
	16: {campaign: 2, attackers: 8, merged: none},
	17: {campaign: 2, attackers: 6, merged: none}, // the end of the chain of six merge links
	18: {campaign: 2, attackers: 3, merged: 17},
	19: {campaign: 2, attackers: 2, merged: 18},
	20: {campaign: 2, attackers: 2, merged: 19, first: true},
	21: {campaign: 3, attackers: 1, merged: 20, first: true},
	22: {campaign: 4, attackers: 1, merged: 21, first: true},
	23: {campaign: 5, attackers: 1, merged: 22, first: true},
	24: {campaign: 3, attackers: 4, merged: none},
	25: {campaign: 4, attackers: 3, merged: none},
	26: {campaign: 4, attackers: 2, merged: none},
	27: {campaign: 5, attackers: 3, merged: none},
	28: {campaign: 7, attackers: 9, merged: none},
	29: {campaign: 7, attackers: 5, merged: none, differ: 3},
	30: {campaign: 7, attackers: 4, merged: 28},
	31: {campaign: 7, attackers: 3, merged: 32, first: true}, // ring of two
	32: {campaign: 7, attackers: 2, merged: 31, first: true},
	33: {campaign: 7, attackers: 1, merged: none},
	34: {campaign: 8, attackers: 6, merged: none},
	35: {campaign: 8, attackers: 4, merged: none},
	36: {campaign: 8, attackers: 2, merged: none},
	37: {campaign: 8, attackers: 1, merged: none},
	38: {campaign: 8, attackers: 0, merged: none}, // its attackers were purged; tags that refer to it remain
	39: {campaign: 9, attackers: 5, merged: none, differ: 1},
	40: {campaign: 9, attackers: 3, merged: none},
	41: {campaign: 9, attackers: 2, merged: missing, first: true}, // the row that it was merged into does not exist
	42: {campaign: 9, attackers: 1, merged: none},
	43: {campaign: 10, attackers: 5, merged: none},
	44: {campaign: 10, attackers: 2, merged: none},
	45: {campaign: 10, attackers: 1, merged: none},
	46: {campaign: 11, attackers: 4, merged: none},
	47: {campaign: 11, attackers: 2, merged: none},
	48: {campaign: 11, attackers: 1, merged: none},
	49: {campaign: none, attackers: 3, merged: none},
	50: {campaign: none, attackers: 2, merged: none},
	51: {campaign: none, attackers: 1, merged: 50},
	69: {campaign: none, attackers: 1, merged: none, stub: true},
}
