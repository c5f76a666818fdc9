package validate_test

import (
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// schema has what makes fields merge or conflict: interfaces, a union, fields of one name and several types, arguments
// of every form.
var schema = gqlparser.MustLoadSchema(&ast.Source{Name: "test.graphqls", Input: `
directive @mark(n: Int) repeatable on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT | QUERY
scalar JSON
enum Color { RED GREEN }
input In { n: Int need: Int! = 1 color: Color in: In list: [In!] }
input One @oneOf { a: Int b: String one: One }
input Must { id: ID! f: Float ones: [One!] grid: [[Int!]] json: JSON yes: Boolean text: String }
interface Pet { name: String! mate: Pet same: Pet owner(id: Int): Human n(a: Int, o: In, l: [Int]): Int }
interface Wild { name: String! den: [Wild!] }
type Dog implements Pet { name: String! mate: Pet same: Dog owner(id: Int): Human n(a: Int, o: In, l: [Int]): Int x: Int y: [Int] z: Dog }
type Cat implements Pet & Wild { name: String! mate: Pet same: Cat owner(id: Int): Human n(a: Int, o: In, l: [Int]): Int x: String y: Int den: [Wild!] z: [Cat] }
type Wolf implements Wild { name: String! den: [Wild!] x: Int! z: Wolf }
type Human { name: String pet: Pet dog: Dog any: Any x: Int y: [Int!] z: Human }
union Any = Dog | Cat | Human
type Query {
  name: String pet: Pet pets(first: Int): [Pet!]! dog: Dog cat: Cat any: Any wild: Wild human(by: One): Human
  n(a: Int, o: In, l: [Int]): Int must(m: Must, json: JSON, color: Color): Query z: Query
}
type Mutation { set(m: Must, list: [Must!]): Query }
`})
