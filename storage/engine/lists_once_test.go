package engine

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestStatementsThatTakeColumnsApartArePreparedForEachUse(t *testing.T) {
	holds, _ := mysqlListHolds("t.services", []string{"ssh"})
	assert.True(t, takesColumnApart("SELECT 1 FROM attackers t WHERE "+holds))
	elements := mysqlListElements("t.deckies", anyText)
	assert.True(t, takesColumnApart("SELECT "+elements.Element+" FROM attackers t, "+elements.From))
	assert.False(t, takesColumnApart("SELECT 1 FROM "+mysqlElements("?", anyText)+" AS given"), "keys of a batch are no column")
}
