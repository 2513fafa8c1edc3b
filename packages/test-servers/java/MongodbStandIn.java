import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.util.List;

/** mongo-java-server in memory, on one port of the loopback interface: java -cp '.jars/*' MongodbStandIn.java PORT */
class MongodbStandIn {
    /** What mongodb for Node asks for at least; the newest version that the library itself reports is too old. */
    private static final MongoVersion VERSION = new MongoVersion() {
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        public int getWireVersion() {
            return 13;
        }
    };

    public static void main(String[] args) {
        new MongoServer(new MemoryBackend().version(VERSION)).bind("127.0.0.1", Integer.parseInt(args[0]));
    }
}
