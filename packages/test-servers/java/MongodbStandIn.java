import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import io.netty.channel.Channel;
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

    /** Knows no users, so it refuses each, as MongoDB refuses one with a wrong password. */
    private static final MemoryBackend BACKEND = new MemoryBackend() {
        @Override
        public Document handleCommand(Channel channel, String database, String command, Document query) {
            if (command.equalsIgnoreCase("saslStart")) {
                throw new MongoServerError(18, "AuthenticationFailed", "Authentication failed.");
            }
            return super.handleCommand(channel, database, command, query);
        }
    };

    public static void main(String[] args) {
        new MongoServer(BACKEND.version(VERSION)).bind("127.0.0.1", Integer.parseInt(args[0]));
    }
}
