//! From EmpikPlace to Thulium.

use twins::NewThread;

use crate::support::Shop;

#[tokio::test]
async fn hundreds_of_threads_over_many_pages_that_shift() {
    let shop = Shop::open().await;
    for n in 0..230 {
        shop.opens(NewThread::from_customer(&format!("C-{n}"), "Jan", &format!("pytanie {n}")));
        shop.later(1);
    }
    shop.settle_clean().await;
    assert_eq!(shop.tickets().len(), 230);
    assert_eq!(shop.world().customers().len(), 230);
}
