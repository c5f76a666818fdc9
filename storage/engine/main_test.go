package engine

import (
	"testing"

	"decnetgraph/storage/storagetest/dbserver"
)

func TestMain(m *testing.M) { dbserver.Main(m) }
