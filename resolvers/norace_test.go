//go:build !race

package resolvers_test

// documents is how many random documents both executors answer.
const documents = 3000
