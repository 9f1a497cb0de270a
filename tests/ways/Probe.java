// What an analyst's JDBC client meets: every relation and column it is shown, with the remarks, and what becomes of a write.
import java.sql.*;

class Probe {
    public static void main(String[] a) throws Exception {
        try (Connection c = DriverManager.getConnection(System.getenv("PROBE_URL"), System.getenv("PROBE_USER"), System.getenv("PROBE_WORD"))) {
            try (ResultSet t = c.getMetaData().getTables(null, "mart", "%", new String[] {"VIEW", "TABLE"})) {
                while (t.next()) System.out.println("relation\t" + t.getString("TABLE_NAME") + "\t" + t.getString("REMARKS"));
            }
            try (ResultSet k = c.getMetaData().getColumns(null, "mart", "%", "%")) {
                while (k.next()) System.out.println("column\t" + k.getString("TABLE_NAME") + "." + k.getString("COLUMN_NAME") + "\t" + k.getString("REMARKS"));
            }
            try (Statement s = c.createStatement(); ResultSet r = s.executeQuery("select count(*) from mart.person")) {
                r.next();
                System.out.println("persons\t" + r.getLong(1));
            }
            for (String statement : new String[] {"delete from mart.person", "select * from core.person_record", "create table mart.x (y int)"}) {
                try (Statement s = c.createStatement()) {
                    s.execute(statement);
                    System.out.println("done\t" + statement);
                } catch (SQLException e) {
                    System.out.println("refused\t" + e.getSQLState());
                }
            }
            try (Statement s = c.createStatement()) {
                s.execute("set statement_timeout = '1s'");
                s.executeQuery("select count(*) from generate_series(1, 1000000000000)");
                System.out.println("done\trunaway");
            } catch (SQLException e) {
                System.out.println("refused\t" + e.getSQLState());
            }
        }
    }
}
