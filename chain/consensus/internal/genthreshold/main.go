// Command genthreshold writes the leader threshold tables that package
// consensus embeds. Run it through go generate in that package.
package main

import (
	"log"
	"os"

	"supercomputing/chain/consensus"
)

func main() {
	for _, f := range [][2]uint32{{1, 15}, {1, 3}} {
		name := consensus.ThresholdFile(f[0], f[1])
		if err := os.WriteFile(name, consensus.ComputeThresholds(f[0], f[1]), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
